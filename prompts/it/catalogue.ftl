### The texts of the hotline in Italian.
### One text a line: `text_id = words and { $name }`. Values are said by the grammar of `words`;
### a number key stands after its function; sentences hold at most 20 words.

## Answering and menus

in_greeting = Buongiorno, risponde { $company }.
hotline_intro = Questa è una linea automatica. Può rispondere con i tasti del telefono.
main_menu_unverified = Per la nostra lettera, il nostro SMS o la nostra chiamata, prema uno. Per parlare con un operatore, prema tre. Per le informazioni sui dati personali, prema sette. Per non ricevere più chiamate automatiche, prema otto.
lang_option = Per l'italiano, prema { $key }.
language_changed = Da ora continuiamo in italiano.
recording_notice = Questa chiamata viene registrata per documentare quanto concordato. Se preferisce evitare la registrazione, prema due.
privacy_notice = Il titolare del trattamento dei suoi dati è { $company }. Per ascoltare l'informativa e i suoi diritti, prema sette.
privacy_details = Dei suoi dati si occupa { $company }. Li usiamo solo per gestire la pratica, secondo la legge. Può consultarli, farli correggere o opporsi al loro uso. Può anche rivolgersi all'autorità per la protezione dei dati. Per farlo, scriva all'indirizzo indicato nella nostra lettera.
how_we_work = Cerchiamo una soluzione adatta a lei. Può dirci che cosa è possibile, o che qualcosa non va. Può chiedere tutto per iscritto. Può anche presentare un reclamo a noi o a un ente indipendente. Non parliamo della sua pratica con altre persone.
main_menu = Per conoscere il saldo o pagare, prema uno. Per ricevere i dettagli via SMS, prema due. Per parlare con un operatore, prema tre. Per concordare una data o delle rate, prema quattro. Per altre opzioni, prema sette.
main_menu_more = Per prenotare una richiamata, prema quattro. Se pensa che ci sia un errore, prema cinque. Se sta attraversando un momento difficile, prema sei. Per non ricevere più chiamate automatiche, prema otto. Per riascoltare, prema nove.
hotline_menu = Per parlare con un operatore, prema tre. Per cambiare lingua o per i dati personali, prema sette. Per riascoltare, prema nove. Per terminare la chiamata, prema cancelletto.
hotline_menu_short = Per un operatore, prema tre. Per terminare, prema cancelletto.
hotline_more = Per le informazioni sui dati personali, prema sette. Per parlare con un operatore, prema tre. Per tornare indietro, prema asterisco.
speech_hint = Può premere un tasto oppure dire: pagare, rate, operatore o richiamata.
no_input = Non abbiamo ricevuto una risposta.
invalid_input = Ci scusi, questa opzione non è disponibile.
too_many_errors = Le semplifichiamo le cose: la mettiamo in contatto con una persona.
person_hint = Per parlare con un operatore, prema tre.
call_us = Può sempre contattarci. Il nostro numero è { $callback_number }.
still_there = È ancora in linea? Faccia con calma.
repeat_hint = Per riascoltare, prema nove.
back_hint = Per tornare indietro, prema asterisco.
please_wait = Un momento, per favore.
tech_error = Ci scusi, c'è stato un problema da parte nostra. La preghiamo di riprovare più tardi.
service_trouble = Ci scusi, ora non possiamo controllare. Nulla è andato perso. La preghiamo di richiamare più tardi. Il nostro numero è { $callback_number }.
person_later = Da questa linea non possiamo ancora metterla in contatto con un operatore. La preghiamo di chiamare il numero { $callback_number }. Saremo lieti di aiutarla.
goodbye = Grazie per l'attenzione. Arrivederci.

## Reaching the right person

rpc_ask = Buongiorno. Questa è una chiamata automatica. Chiama { $company }. La persona che cerchiamo è { $full_name }. Se è lei, prema uno. Se questa persona ora non può parlare, prema due. Se il numero è sbagliato, prema cinque. Per parlare con un operatore, prema tre. Per non ricevere più queste chiamate, prema otto.
rpc_ask_noname = Buongiorno. Questa è una chiamata automatica con un messaggio riservato. Chiama { $company }. Se ha ricevuto una nostra lettera o un SMS, prema uno. Se il numero è sbagliato, prema cinque. Per parlare con un operatore, prema tre. Per non ricevere più queste chiamate, prema otto.
rpc_fetch = Grazie. Se la persona può venire al telefono, prema uno quando è pronta. Altrimenti riagganci pure: richiameremo in un altro momento.
third_party_bye = Grazie. Richiameremo in un altro momento. Non deve fare nulla.
wrong_person_ask = Se la nostra lettera o la nostra chiamata non era per lei, prema cinque. Per parlare con un operatore, prema tre. Per terminare la chiamata, prema cancelletto.
wrong_person_done = Grazie per averci informato. Non chiameremo più questo numero per quella persona. Ci scusi per il disturbo.

## Making sure who is speaking

verify_intro = Si tratta di un messaggio riservato: prima dobbiamo verificare la sua identità.
verify_case_id = Digiti il numero di pratica, poi prema cancelletto. Se non ce l'ha a portata di mano, prema solo cancelletto.
verify_case_id_short = Numero di pratica, poi cancelletto. Per esempio: uno due tre quattro cinque sei, cancelletto.
case_not_found = Non troviamo questo numero. Lo controlli nella nostra lettera e provi ancora.
verify_pin = Digiti il PIN indicato nella nostra lettera o nel messaggio, poi prema cancelletto. Se non ce l'ha a portata di mano, prema solo cancelletto.
verify_pin_short = Il PIN di sei cifre, poi cancelletto. Si trova nella nostra lettera o nel messaggio.
no_code_yet = Non si preoccupi. Da questa linea non possiamo ancora inviare un codice monouso.
verify_otp_offer = Possiamo inviare un codice monouso via SMS al numero che abbiamo registrato. Per riceverlo, prema due. Per parlare con un operatore, prema tre.
verify_otp = Digiti il codice ricevuto via SMS, poi prema cancelletto.
verify_dob = Digiti la sua data di nascita con otto cifre: due per il giorno, due per il mese e quattro per l'anno.
verify_dob_short = La data di nascita, otto cifre. Per esempio, due gennaio millenovecentottanta: zero due, zero uno, uno nove otto zero.
verify_id_last4 = Digiti le ultime quattro cifre del suo codice cliente.
verify_postcode = Digiti il suo codice postale, cinque cifre.
verify_ok = Grazie, i dati corrispondono.
verify_retry = I dati non corrispondono ai nostri. Provi ancora una volta.
verify_failed = Questa volta non siamo riusciti a verificare i dati. Per tutelare la sua privacy, ora non possiamo dire altro.
verify_locked = Per tutelare la sua privacy, ora non possiamo fornire dettagli. Per parlare con un operatore, prema tre. Il nostro numero è { $callback_number }.

## Notices and messages

us_collector_notice = La chiamata riguarda il recupero di un credito. Le informazioni saranno usate solo per questo scopo.
voicemail_limited = Buongiorno. Qui è { $company }. La preghiamo di chiamare il numero { $callback_number }. Può chiedere di { $agent_name } o di un altro operatore.
abandoned_call = Qui è { $company }. Abbiamo chiamato, ma nessun operatore è libero. Ci scusi. Il nostro numero è { $callback_number }. Per non ricevere queste chiamate, prema otto.

## Voice messages about a payment

vms_preventive = Le ricordiamo un pagamento in arrivo. Creditore: { $creditor }. Importo: { $amount }. Da pagare entro { $due_date }. Grazie per la puntualità.
vms_first_reminder = Le ricordiamo un pagamento. Creditore: { $creditor }. Importo: { $amount }. La scadenza era { $due_date }. Forse è stata una semplice dimenticanza. Se ha già pagato, la ringraziamo e può ignorare questo messaggio.
vms_second_reminder = Non abbiamo ancora ricevuto il suo pagamento. Creditore: { $creditor }. Importo: { $amount }. La scadenza era { $due_date }. Vogliamo trovare insieme una soluzione: scelga quella più adatta a lei.
vms_broken_promise = Avevamo concordato un pagamento di { $amount } entro { $promise_date }. Non è ancora arrivato. Può succedere: troviamo insieme una nuova soluzione. Se ha pagato negli ultimi giorni, ignori questo messaggio.
vms_promise_upcoming = Grazie per l'accordo raggiunto. Le ricordiamo il pagamento di { $amount } entro { $promise_date }.
vms_instalment_due = La prossima rata è di { $amount }, da pagare entro { $due_date }. Rata numero { $inst_no }, su un totale di { $inst_count }.
vms_menu = Per pagare subito con la carta, prema uno. Per ricevere i dettagli via SMS, prema due. Per parlare subito con un operatore, prema tre. Per scegliere una data o delle rate, prema quattro. Se non è d'accordo, prema cinque. Se sta attraversando un momento difficile, prema sei. Per non ricevere più chiamate automatiche, prema otto. Per riascoltare, prema nove.
vms_menu_short = Per pagare subito, prema uno. Per parlare con un operatore, prema tre. Per altre opzioni, prema sette. Per non ricevere più chiamate automatiche, prema otto. Per riascoltare, prema nove.
vms_menu_more = Per ricevere i dettagli via SMS, prema due. Per scegliere una data o delle rate, prema quattro. Se non è d'accordo, prema cinque. Se sta attraversando un momento difficile, prema sei. Per tornare indietro, prema asterisco.

## What is owed

balance = Numero di pratica: { $case_id_digits }. Creditore: { $creditor }. Da pagare: { $amount }. Entro { $due_date }.
balance_overdue = Numero di pratica: { $case_id_digits }. Creditore: { $creditor }. Da pagare: { $amount }. La scadenza era { $due_date }.
balance_breakdown = Di cui capitale: { $principal }, interessi: { $interest }, spese: { $costs }.
balance_zero = Al momento non ha nulla da pagare. Grazie.
balance_closed = È tutto pagato. La pratica è chiusa e non la contatteremo più per questo motivo. Grazie.

## Paying

pay_method = Per pagare con la carta in questa chiamata, prema uno. Per ricevere il link di pagamento via SMS, prema due. Per ricevere via SMS i dati per il bonifico, prema quattro. Per ricevere il link via e-mail, prema sette.
pay_amount_menu = Per pagare l'intero importo, prema uno. Per pagare un importo diverso, prema due.
pay_enter_amount = Digiti l'importo in euro interi, poi prema cancelletto.
pay_amount_confirm = Sta per pagare { $amount }. Per confermare, prema uno. Per cambiare importo, prema due.
pay_secure_intro = Ora digiti i dati della carta sulla tastiera del telefono. Nessuno può sentirli e non vengono registrati.
pay_get_card = Tenga a portata di mano la carta. Per continuare, prema uno.
pay_card_number = Digiti il numero della carta, poi prema cancelletto.
pay_expiry = Digiti la scadenza con quattro cifre: mese e anno.
pay_cvv = Digiti il codice di tre cifre sul retro della carta.
pay_cvv_amex = Digiti il codice di quattro cifre sul fronte della carta.
pay_card_invalid = Il numero della carta non sembra corretto. Lo digiti di nuovo.
pay_card_confirm = Carta che termina con { $card_last4_digits }. Importo: { $amount }. Per pagare, prema uno. Per digitare di nuovo la carta, prema due. Per annullare, prema asterisco.
pay_processing = Stiamo elaborando il pagamento. Resti in linea, per favore.
pay_success = Grazie. Il pagamento è stato accettato: { $amount }. Numero di conferma: { $ref_digits }. Lo invieremo anche via SMS.
pay_declined = La banca non ha accettato il pagamento. Non è stato addebitato nulla. Per provare un'altra carta, prema uno. Per ricevere il link di pagamento via SMS, prema due. Per parlare con un operatore, prema tre.
pay_unknown = Non conosciamo ancora l'esito di questo pagamento. La preghiamo di non pagare di nuovo. Lo confermeremo via SMS, al più tardi il prossimo giorno lavorativo.
pay_cancelled = Il pagamento è stato interrotto. Non è stato addebitato nulla.

## Confirmations of messages

sms_sent = Abbiamo inviato un SMS al numero che termina con { $phone_last3_digits }.
message_sent = Abbiamo inviato un SMS al numero che termina con { $phone_last3_digits }.
email_sent = Abbiamo inviato un'e-mail all'indirizzo che ci ha fornito.
message_not_sent = Questa volta non è stato possibile inviare il messaggio. Il nostro numero è { $callback_number }.

## Promise to pay

ptp_menu = Entro quando desidera pagare? Entro { $date_1 }, prema uno. Entro { $date_2 }, prema due. Entro { $date_3 }, prema tre. Per un'altra data, prema quattro.
ptp_enter_date = Digiti la data con quattro cifre: due per il giorno e due per il mese.
ptp_date_too_far = Questa data è troppo lontana. Scelga una data entro { $max_date }.
ptp_confirm = Si impegna a pagare { $amount } entro { $promise_date }. Per confermare, prema uno. Per modificare, prema due.
ptp_saved = Grazie. L'accordo è registrato e lo confermeremo via SMS. Fino ad allora invieremo un solo promemoria.

## Instalments

inst_offer = Può pagare a rate. Numero di rate: { $inst_count }. Ogni mese: { $inst_amount }. Prima rata entro { $first_date }. Per accettare, prema uno. Per un altro numero di rate, prema due. Per parlare con un operatore, prema tre.
inst_enter_count = Digiti il numero di rate, poi prema cancelletto. Minimo: { $inst_min }. Massimo: { $inst_max }.
inst_saved = Grazie. Il piano dei pagamenti è pronto. Inviamo il calendario dei pagamenti via SMS ed e-mail.
inst_unavailable = Non possiamo concordarlo in automatico, ma un operatore potrà aiutarla.

## Difficult times

hardship_intro = Grazie per avercelo detto. A tutti può capitare un momento difficile e vogliamo aiutarla. Oggi non deve decidere nulla.
hardship_menu = Per parlare con un consulente appositamente formato, prema tre. Per sospendere le nostre chiamate, prema due. Per conoscere i servizi di consulenza gratuiti e indipendenti, prema sette.
hardship_paused = Fatto. Le chiamate sono sospese. La pausa termina dopo { $pause_until }. Può chiamarci in qualsiasi momento.
hardship_advice = Consulenza gratuita e indipendente: { $advice_org }. Telefono: { $advice_phone_digits }. Inviamo questi dati anche via SMS.
crisis_support = Se tutto sembra troppo pesante, non resti senza aiuto. Chiami il numero { $crisis_phone_digits }. Qualcuno l'ascolterà.

## Disagreement

dispute_menu = Vogliamo chiarire. Se ha già pagato, prema uno. Se l'importo è sbagliato, prema due. Se non riconosce questa pratica, prema quattro. Per un altro motivo, prema sette. Per parlare con un operatore, prema tre.
dispute_message = Dopo il segnale, ci dica che cosa dobbiamo verificare. Alla fine prema cancelletto.
dispute_saved = Grazie. La sua contestazione è stata registrata. Durante la verifica sospendiamo le chiamate. Risponderemo per iscritto. Tempo di risposta: { $days_count }.

## Why it was difficult to pay

reason_menu = Possiamo chiederle che cosa ha reso difficile il pagamento? Se è stata una dimenticanza, prema uno. Se ora non può pagare tutto, prema due. Se non è d'accordo sull'importo, prema cinque. Se sta attraversando un momento difficile, prema sei. Per saltare la domanda, prema cancelletto.

## Calling back

cb_offer = Desidera che la richiamiamo? Per il sì prema uno, per il no prema due.
cb_day = Quale giorno preferisce? Per oggi, prema uno. Per domani, prema due. Per dopodomani, prema tre.
cb_time = Per la mattina, prema uno. Per il pomeriggio, prema due. Per la sera, prema tre.
cb_number = Per essere richiamati a questo numero, prema uno. Per indicare un altro numero, prema due.
cb_enter_number = Digiti il numero di telefono, poi prema cancelletto.
cb_saved = Fatto. La richiameremo { $cb_date }, tra { $time_from } e { $time_to }.
cb_saved_rel = Fatto. La richiameremo { $relative_day }, tra { $time_from } e { $time_to }.
cb_already = La richiamata è già prenotata. La chiameremo come concordato.
cb_closed = In quell'orario non chiamiamo. Scelga un altro momento, per favore.

## Speaking to a person

transfer_connecting = La mettiamo in contatto con un operatore. Vede già la sua pratica, quindi non dovrà ripetere nulla.
transfer_connecting_unverified = La mettiamo in contatto con un operatore.
transfer_queue = Posizione in coda: { $position }. Tempo di attesa previsto: { $minutes_count }. Se preferisce una richiamata, prema quattro.
transfer_wait = Grazie per l'attesa. Risponderemo appena qualcuno è libero.
transfer_none = Tutti gli operatori sono occupati. Per essere richiamati, prema quattro. Per ricevere i dettagli via SMS, prema due.
transfer_closed = Gli operatori ora non sono disponibili. Qui può pagare, scegliere una data o prenotare una richiamata.
person_away = In questo momento nessun operatore può rispondere. Ci scusi. Possiamo richiamarla noi.
transfer_returned = Il collegamento con l'operatore si è interrotto. Torniamo al menu.
agent_whisper = Cliente verificato. Pratica { $case_id_digits }. Importo { $amount }. Per accettare, prema uno.

## Stopping calls

optout_confirm = Fatto: questo numero è escluso dalle chiamate automatiche. Se invece vuole continuare a riceverle, prema due.
optout_done = Fatto. Non faremo più chiamate automatiche a questo numero. Potremo ancora scriverle.
not_stored = Ci scusi, ora non possiamo registrarlo. Lo farà per lei un operatore.

## Survey

survey_intro = Vuole rispondere a tre brevi domande su questo contatto? Le risposte non influiscono sulla sua pratica. Per il sì prema uno, per il no prema due.
survey_csat = Qual è il suo grado di soddisfazione per questo contatto? Uno significa molto basso, cinque significa molto alto.
survey_ces = Quanto è stato facile gestire oggi la sua richiesta? Uno significa molto difficile, sette significa molto facile.
survey_nps = Con quale probabilità consiglierebbe { $company } per il modo in cui trattiamo le persone? Zero: per niente. Dieci: sicuramente. Digiti un numero, poi prema cancelletto.
survey_comment = Se vuole, lasci un commento dopo il segnale. Alla fine prema cancelletto o riagganci.
survey_thanks = Grazie. La sua opinione ci aiuta a migliorare.

## Words for speech recognition

word_yes = sì
word_no = no
word_negotiator = operatore

## Written only: SMS and e-mail

sms_payment_details = { $company }: pratica { $case_id }. Da pagare: { $amount_num }. IBAN: { $account }. Causale: { $title }. Info: { $callback_number }
sms_payment_link = { $company }: paghi { $amount_num } in sicurezza: { $link } Link valido fino al { $expires }. Se non lo ha chiesto lei, ignori questo messaggio.
sms_payment_ok = { $company }: abbiamo ricevuto { $amount_num }. Conferma { $ref }. Grazie.
sms_ptp_confirm = { $company }: accordo: { $amount_num } entro il { $promise_date_num }. Pratica { $case_id }. Per modifiche: { $callback_number }
sms_missed_call = { $company }: abbiamo provato a contattarla. La preghiamo di richiamare: { $callback_number }
sms_callback = { $company }: la chiameremo il { $cb_date_num }, { $time_from_num }-{ $time_to_num }. Per cambiare orario: { $callback_number }
sms_stop_ack = { $company }: non invieremo più messaggi a questo numero per questa pratica.
sms_survey = { $company }: quanto è stato facile gestire la sua richiesta? Risponda da 1 (molto difficile) a 7 (molto facile).
