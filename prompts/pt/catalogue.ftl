### The texts of the hotline in Portuguese (Brazilian; .pt-PT where Portugal differs).
### One text a line: `text_id = words and { $name }`. Values are said by the grammar of `words`;
### a number key stands after its function; sentences hold at most 20 words.

## Answering and menus

in_greeting = Olá, você ligou para { $company }.
hotline_intro = Esta é uma linha automática. Você pode responder com as teclas do telefone.
main_menu_unverified = Sobre a nossa carta, mensagem ou ligação, tecle um. Para falar com uma pessoa, tecle três. Para informações sobre dados pessoais, tecle sete. Para não receber ligações automáticas, tecle oito.
lang_option = Para português, tecle { $key }.
language_changed = A partir de agora continuamos em português.
recording_notice = Esta ligação é gravada para registrar o que combinarmos. Se preferir que não haja gravação, tecle dois.
privacy_notice = O controlador dos seus dados pessoais é { $company }. Para saber como usamos os dados e quais são os seus direitos, tecle sete.
privacy_details = Quem cuida dos seus dados é { $company }. Usamos os dados só para tratar do caso, conforme a lei. Você pode consultar os dados, pedir correção ou se opor ao uso. Pode também reclamar à autoridade de proteção de dados. Para isso, escreva para o endereço que está na nossa carta.
how_we_work = Procuramos uma solução adequada para você. Você pode nos dizer o que é possível, ou que algo está errado. Pode pedir tudo por escrito. Pode também reclamar a nós ou a um órgão independente. Não falamos do seu caso com outras pessoas.
main_menu = Para saber o saldo ou pagar, tecle um. Para receber os detalhes por SMS, tecle dois. Para falar com um negociador, tecle três. Para combinar uma data ou parcelar, tecle quatro. Para mais opções, tecle sete.
main_menu_more = Para agendar um retorno, tecle quatro. Se você acha que há um engano, tecle cinco. Se está passando por um momento difícil, tecle seis. Para não receber ligações automáticas, tecle oito. Para ouvir de novo, tecle nove.
hotline_menu = Para falar com uma pessoa, tecle três. Para mudar o idioma ou ouvir sobre os seus dados, tecle sete. Para ouvir de novo, tecle nove. Para encerrar a ligação, tecle jogo da velha.
hotline_menu_short = Para uma pessoa, tecle três. Para encerrar, tecle jogo da velha.
hotline_more = Para informações sobre dados pessoais, tecle sete. Para falar com uma pessoa, tecle três. Para voltar, tecle asterisco.
speech_hint = Você pode teclar ou dizer: pagar, parcelar, negociador ou retorno.
no_input = Não recebemos resposta.
invalid_input = Desculpe, essa opção não existe.
too_many_errors = Vamos facilitar: estamos transferindo para uma pessoa.
person_hint = Para falar com uma pessoa, tecle três.
call_us = Pode falar conosco quando quiser. O nosso número é { $callback_number }.
still_there = Você ainda está na linha? Não há pressa.
repeat_hint = Para ouvir de novo, tecle nove.
back_hint = Para voltar, tecle asterisco.
please_wait = Um momento, por favor.
tech_error = Desculpe, houve um problema do nosso lado. Por favor, tente mais tarde.
service_trouble = Desculpe, agora não conseguimos consultar. Nada se perdeu. Por favor, ligue mais tarde. O nosso número é { $callback_number }.
person_later = Por esta linha ainda não podemos transferir para uma pessoa. Por favor, ligue para o número { $callback_number }. Teremos prazer em ajudar.
goodbye = Agradecemos a atenção. Até logo.

## Reaching the right person

rpc_ask = Olá. Esta é uma ligação automática. Quem liga é { $company }. Procuramos { $full_name }. Se é você, tecle um. Se essa pessoa não pode falar agora, tecle dois. Se é engano, tecle cinco. Para falar com uma pessoa, tecle três. Para não receber mais estas ligações, tecle oito.
rpc_ask_noname = Olá. Esta é uma ligação automática com uma mensagem particular. Quem liga é { $company }. Se você recebeu uma carta ou um SMS nosso, tecle um. Se é engano, tecle cinco. Para falar com uma pessoa, tecle três. Para não receber mais estas ligações, tecle oito.
rpc_fetch = Agradecemos. Se essa pessoa puder atender agora, tecle um quando estiver pronta. Se não, pode desligar; ligaremos em outro momento.
third_party_bye = Agradecemos. Ligaremos em outro momento. Não é preciso fazer nada.
wrong_person_ask = Se a nossa carta ou ligação não era para você, tecle cinco. Para falar com uma pessoa, tecle três. Para encerrar a ligação, tecle jogo da velha.
wrong_person_done = Agradecemos o aviso. Não ligaremos mais para este número à procura dessa pessoa. Desculpe o incômodo.

## Making sure who is speaking

verify_intro = Esta mensagem é confidencial; por isso, primeiro vamos confirmar a sua identidade.
verify_case_id = Digite o número do caso e depois tecle jogo da velha. Se não o tiver à mão, tecle apenas jogo da velha.
verify_case_id_short = Número do caso, depois jogo da velha. Por exemplo: um dois três quatro cinco seis, jogo da velha.
case_not_found = Não encontramos este número. Confira na nossa carta e tente de novo.
verify_pin = Digite o PIN que está na nossa carta ou mensagem e depois tecle jogo da velha. Se não o tiver à mão, tecle apenas jogo da velha.
verify_pin_short = O PIN de seis números, depois jogo da velha. Ele está na nossa carta ou mensagem.
no_code_yet = Não há problema. Por esta linha ainda não podemos enviar um código por SMS.
verify_otp_offer = Podemos enviar um código por SMS para o número que temos cadastrado. Para receber o código, tecle dois. Para falar com uma pessoa, tecle três.
verify_otp = Digite o código recebido por SMS e depois tecle jogo da velha.
verify_dob = Digite a sua data de nascimento com oito números: dois do dia, dois do mês e quatro do ano.
verify_dob_short = A data de nascimento, oito números. Por exemplo, dois de janeiro de mil novecentos e oitenta: zero dois, zero um, um nove oito zero.
verify_id_last4 = Digite os quatro últimos dígitos do seu CPF.
verify_postcode = Digite o seu CEP, oito números.
verify_ok = Agradecemos, os dados conferem.
verify_retry = Os dados não conferem com os nossos. Tente mais uma vez.
verify_failed = Desta vez não foi possível confirmar os dados. Para proteger a sua privacidade, não podemos dizer mais agora.
verify_locked = Para proteger a sua privacidade, agora não podemos dar detalhes. Para falar com um atendente, tecle três. O nosso número é { $callback_number }.

## Notices and messages

us_collector_notice = Esta ligação trata da cobrança de uma dívida. As informações serão usadas somente para esse fim.
voicemail_limited = Olá. Aqui é { $company }. Por favor, ligue para o número { $callback_number }. Fale com { $agent_name } ou com qualquer atendente.
abandoned_call = Aqui é { $company }. Ligamos, mas nenhum atendente está livre agora. Desculpe. O nosso número é { $callback_number }. Para não receber essas ligações, tecle oito.

## Voice messages about a payment

vms_preventive = Lembramos que há um pagamento por vencer. Credor: { $creditor }. Valor: { $amount }. Pagar até o dia { $due_date }. Agradecemos a pontualidade.
vms_first_reminder = Este é um lembrete de pagamento. Credor: { $creditor }. Valor: { $amount }. O vencimento foi no dia { $due_date }. Talvez tenha sido só um esquecimento. Se você já pagou, agradecemos; desconsidere esta mensagem.
vms_second_reminder = Ainda não recebemos o seu pagamento. Credor: { $creditor }. Valor: { $amount }. O vencimento foi no dia { $due_date }. Queremos resolver isso com tranquilidade; escolha a opção melhor para você.
vms_broken_promise = Combinamos um pagamento de { $amount } até o dia { $promise_date }. Ele ainda não chegou. Imprevistos acontecem; vamos encontrar uma nova solução. Se você pagou nos últimos dias, desconsidere esta mensagem.
vms_promise_upcoming = Agradecemos o nosso acordo. Lembramos que o pagamento de { $amount } vence no dia { $promise_date }.
vms_instalment_due = A próxima parcela é de { $amount }, para pagar até o dia { $due_date }. Parcela número { $inst_no }, de um total de { $inst_count }.
vms_menu = Para pagar agora com cartão, tecle um. Para receber os detalhes por SMS, tecle dois. Para falar agora com um negociador, tecle três. Para escolher uma data ou parcelar, tecle quatro. Se você não concorda, tecle cinco. Se está passando por um momento difícil, tecle seis. Para não receber mais ligações automáticas, tecle oito. Para ouvir de novo, tecle nove.
vms_menu_short = Para pagar agora, tecle um. Para falar com um negociador, tecle três. Para outras opções, tecle sete. Para não receber mais ligações automáticas, tecle oito. Para ouvir de novo, tecle nove.
vms_menu_more = Para receber os detalhes por SMS, tecle dois. Para escolher uma data ou parcelar, tecle quatro. Se você não concorda, tecle cinco. Se está passando por um momento difícil, tecle seis. Para voltar, tecle asterisco.

## What is owed

balance = Número do caso: { $case_id_digits }. Credor: { $creditor }. Valor a pagar: { $amount }. Até o dia { $due_date }.
balance_overdue = Número do caso: { $case_id_digits }. Credor: { $creditor }. Valor a pagar: { $amount }. O vencimento foi no dia { $due_date }.
balance_breakdown = Composto de valor original: { $principal }, juros: { $interest }, custos: { $costs }.
balance_zero = No momento, não há nada a pagar. Agradecemos.
balance_closed = Está tudo pago. O caso está encerrado e não entraremos mais em contato sobre ele. Agradecemos.

## Paying

pay_method = Para pagar com cartão nesta ligação, tecle um. Para receber o link de pagamento por SMS, tecle dois. Para receber por SMS o Pix ou o boleto, tecle quatro. Para receber o link por e-mail, tecle sete.
pay_amount_menu = Para pagar o valor total, tecle um. Para pagar outro valor, tecle dois.
pay_enter_amount = Digite o valor em reais, sem centavos, e depois tecle jogo da velha.
pay_amount_confirm = Você vai pagar { $amount }. Para confirmar, tecle um. Para mudar o valor, tecle dois.
pay_secure_intro = Agora digite os dados do cartão no teclado do telefone. Ninguém pode ouvi-los e eles não são gravados.
pay_get_card = Pegue o seu cartão. Quando estiver com ele em mãos, tecle um.
pay_card_number = Digite o número do cartão e depois tecle jogo da velha.
pay_expiry = Digite a validade com quatro números: mês e ano.
pay_cvv = Digite o código de três dígitos no verso do cartão.
pay_cvv_amex = Digite o código de quatro dígitos na frente do cartão.
pay_card_invalid = O número do cartão não parece correto. Digite de novo.
pay_card_confirm = Cartão com final { $card_last4_digits }. Valor: { $amount }. Para pagar, tecle um. Para digitar o cartão de novo, tecle dois. Para cancelar, tecle asterisco.
pay_processing = Estamos processando o pagamento. Por favor, não desligue.
pay_success = Agradecemos. O pagamento foi aceito: { $amount }. Número de confirmação: { $ref_digits }. Também vamos enviá-lo por SMS.
pay_declined = O banco não aceitou este pagamento. Nada foi cobrado. Para tentar outro cartão, tecle um. Para receber o link de pagamento por SMS, tecle dois. Para falar com um negociador, tecle três.
pay_unknown = Ainda não sabemos o resultado deste pagamento. Por favor, não pague de novo. Confirmaremos por SMS, no máximo no próximo dia útil.
pay_cancelled = O pagamento foi interrompido. Nada foi cobrado.

## Confirmations of messages

sms_sent = Enviamos um SMS para o número com final { $phone_last3_digits }.
message_sent = Enviamos um SMS para o número com final { $phone_last3_digits }.
email_sent = Enviamos um e-mail para o endereço informado.
message_not_sent = Desta vez não foi possível enviar a mensagem. O nosso número é { $callback_number }.

## Promise to pay

ptp_menu = Até quando você pode pagar? Até o dia { $date_1 }, tecle um. Até o dia { $date_2 }, tecle dois. Até o dia { $date_3 }, tecle três. Para outra data, tecle quatro.
ptp_enter_date = Digite a data com quatro números: dois do dia e dois do mês.
ptp_date_too_far = Essa data está um pouco distante. Escolha uma data até o dia { $max_date }.
ptp_confirm = Você se compromete a pagar { $amount } até o dia { $promise_date }. Para confirmar, tecle um. Para mudar, tecle dois.
ptp_saved = Agradecemos. O acordo está registrado e será confirmado por SMS. Até lá, enviaremos apenas um lembrete.

## Instalments

inst_offer = Você pode parcelar. Número de parcelas: { $inst_count }. Por mês: { $inst_amount }. Primeira parcela até o dia { $first_date }. Para aceitar, tecle um. Para outro número de parcelas, tecle dois. Para falar com um negociador, tecle três.
inst_enter_count = Digite o número de parcelas e depois tecle jogo da velha. Mínimo: { $inst_min }. Máximo: { $inst_max }.
inst_saved = Agradecemos. O parcelamento está pronto. Enviamos o calendário de pagamentos por SMS e e-mail.
inst_unavailable = Não podemos combinar isso automaticamente, mas um negociador poderá ajudar.

## Difficult times

hardship_intro = Agradecemos por nos contar. Momentos difíceis acontecem com qualquer pessoa e queremos ajudar. Hoje você não precisa decidir nada.
hardship_menu = Para falar com um atendente especialmente preparado, tecle três. Para suspender as nossas ligações, tecle dois. Para conhecer serviços gratuitos e independentes de orientação, tecle sete.
hardship_paused = Pronto. Não ligaremos até o dia { $pause_until }. Você pode nos ligar a qualquer momento.
hardship_advice = Orientação gratuita e independente: { $advice_org }. Telefone: { $advice_phone_digits }. Também enviamos esses dados por SMS.
crisis_support = Se tudo estiver pesado demais, não enfrente isso sem ajuda. Ligue para { $crisis_phone_digits }. Alguém vai ouvir você.

## Disagreement

dispute_menu = Queremos esclarecer. Se você já pagou, tecle um. Se o valor está errado, tecle dois. Se não reconhece este caso, tecle quatro. Para outro motivo, tecle sete. Para falar com uma pessoa, tecle três.
dispute_message = Depois do sinal, diga o que devemos verificar. No final, tecle jogo da velha.
dispute_saved = Agradecemos. A sua contestação foi registrada. Durante a verificação, as ligações ficam suspensas. Responderemos por escrito. Prazo de resposta: { $days_count }.

## Why it was difficult to pay

reason_menu = Podemos perguntar o que dificultou o pagamento? Se foi esquecimento, tecle um. Se você não pode pagar tudo agora, tecle dois. Se não concorda com o valor, tecle cinco. Se está passando por um momento difícil, tecle seis. Para pular a pergunta, tecle jogo da velha.

## Calling back

cb_offer = Quer que a gente ligue de volta? Para sim, tecle um. Para não, tecle dois.
cb_day = Qual dia é melhor? Para hoje, tecle um. Para amanhã, tecle dois. Para depois de amanhã, tecle três.
cb_time = De manhã, tecle um. À tarde, tecle dois. No início da noite, tecle três.
cb_number = Para receber a ligação neste número, tecle um. Para informar outro número, tecle dois.
cb_enter_number = Digite o número de telefone e depois tecle jogo da velha.
cb_saved = Pronto. Ligaremos no dia { $cb_date }, entre { $time_from } e { $time_to }.
cb_saved_rel = Pronto. Ligaremos { $relative_day }, entre { $time_from } e { $time_to }.
cb_already = O retorno já está agendado. Ligaremos como combinado.
cb_closed = Nesse horário não fazemos ligações. Escolha outro horário, por favor.

## Speaking to a person

transfer_connecting = Estamos transferindo para um negociador. Quem atender já verá o seu caso, por isso você não precisa repetir nada.
transfer_connecting_unverified = Estamos transferindo para uma pessoa.
transfer_queue = Posição na fila: { $position }. Tempo de espera previsto: { $minutes_count }. Se preferir um retorno, tecle quatro.
transfer_wait = Agradecemos a espera. Atenderemos assim que alguém estiver livre.
transfer_none = Todos os negociadores estão ocupados. Para receber um retorno, tecle quatro. Para receber os detalhes por SMS, tecle dois.
transfer_closed = Os negociadores não estão disponíveis agora. Aqui você pode pagar, escolher uma data ou agendar um retorno.
person_away = Neste momento ninguém pode atender. Desculpe. Podemos ligar de volta.
transfer_returned = A ligação com o negociador caiu. Vamos voltar ao menu.
agent_whisper = Cliente verificado. Caso { $case_id_digits }. Valor { $amount }. Para aceitar, tecle um.

## Stopping calls

optout_confirm = Pronto: este número está fora das ligações automáticas. Se quiser continuar recebendo, tecle dois.
optout_done = Pronto. Não faremos mais ligações automáticas para este número. Ainda poderemos escrever.
not_stored = Desculpe, agora não conseguimos registrar. Uma pessoa fará isso para você.

## Survey

survey_intro = Pode responder a três perguntas curtas sobre este contato? As respostas não afetam o seu caso. Para sim, tecle um. Para não, tecle dois.
survey_csat = Qual é o seu nível de satisfação com este contato? Um significa muito baixo, cinco significa muito alto.
survey_ces = Qual foi o grau de facilidade para resolver o seu assunto hoje? Um significa muito difícil, sete significa muito fácil.
survey_nps = Qual a probabilidade de você recomendar { $company } pela forma como tratamos as pessoas? Zero: nenhuma. Dez: com certeza. Digite um número e depois tecle jogo da velha.
survey_comment = Se quiser, deixe um comentário depois do sinal. No final, tecle jogo da velha ou desligue.
survey_thanks = Agradecemos. A sua opinião nos ajuda a melhorar.

## Words for speech recognition

word_yes = sim
word_no = não
word_negotiator = negociador

## Written only: SMS and e-mail

sms_payment_details = { $company }: caso { $case_id }. Valor: { $amount_num }. Pix/boleto: { $account }. Identificação: { $title }. Dúvidas: { $callback_number }
sms_payment_link = { $company }: pague { $amount_num } com segurança: { $link } Link válido até { $expires }. Se não foi você que pediu, desconsidere.
sms_payment_ok = { $company }: recebemos { $amount_num }. Confirmação { $ref }. Agradecemos.
sms_ptp_confirm = { $company }: acordo: { $amount_num } até { $promise_date_num }. Caso { $case_id }. Para mudar: { $callback_number }
sms_missed_call = { $company }: tentamos falar com você. Por favor, ligue: { $callback_number }
sms_callback = { $company }: ligaremos em { $cb_date_num }, { $time_from_num }-{ $time_to_num }. Para mudar o horário: { $callback_number }
sms_stop_ack = { $company }: não enviaremos mais mensagens para este número sobre este caso.
sms_survey = { $company }: qual foi o grau de facilidade para resolver? Responda de 1 (muito difícil) a 7 (muito fácil).
