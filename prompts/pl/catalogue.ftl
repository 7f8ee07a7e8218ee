### The texts of the hotline in Polish.
### One text a line: `text_id = words and { $name }`. Values are said by the grammar of `words`;
### a number key stands after its function; sentences hold at most 20 words.

## Answering and menus

in_greeting = Dzień dobry, tu { $company }.
hotline_intro = To linia automatyczna. Odpowiadać można klawiszami telefonu.
main_menu_unverified = W sprawie naszego listu, SMS-a lub połączenia proszę wcisnąć jeden. Aby porozmawiać z konsultantem, proszę wcisnąć trzy. Informacje o danych osobowych: proszę wcisnąć siedem. Aby zrezygnować z połączeń automatycznych, proszę wcisnąć osiem.
lang_option = Rozmowa po polsku: proszę wcisnąć { $key }.
language_changed = Od teraz rozmawiamy po polsku.
recording_notice = Ta rozmowa jest nagrywana, aby potwierdzić ustalenia. Jeśli nie chcą Państwo nagrania, proszę wcisnąć dwa.
privacy_notice = Administratorem Państwa danych osobowych jest { $company }. Aby poznać zasady przetwarzania danych i swoje prawa, proszę wcisnąć siedem.
privacy_details = Państwa danymi zajmuje się { $company }. Używamy ich tylko do prowadzenia sprawy, zgodnie z prawem. Mają Państwo prawo do wglądu w dane, ich poprawienia i do sprzeciwu. Można też złożyć skargę do urzędu ochrony danych. Prosimy pisać na adres z naszego listu.
how_we_work = Szukamy rozwiązania, które Państwu odpowiada. Mogą Państwo powiedzieć, co jest możliwe, albo że coś się nie zgadza. Na życzenie wszystko wyślemy na piśmie. Można też złożyć skargę do nas lub do niezależnej instytucji. Nikomu innemu nie mówimy o Państwa sprawie.
main_menu = Aby sprawdzić saldo lub zapłacić, proszę wcisnąć jeden. Aby otrzymać szczegóły SMS-em, proszę wcisnąć dwa. Aby porozmawiać z negocjatorem, proszę wcisnąć trzy. Aby ustalić termin płatności lub raty, proszę wcisnąć cztery. Inne możliwości: proszę wcisnąć siedem.
main_menu_more = Aby zamówić oddzwonienie, proszę wcisnąć cztery. Jeśli uważają Państwo, że zaszła pomyłka, proszę wcisnąć pięć. Jeśli są Państwo w trudnej sytuacji, proszę wcisnąć sześć. Aby nie otrzymywać automatycznych połączeń, proszę wcisnąć osiem. Aby odsłuchać ponownie, proszę wcisnąć dziewięć.
hotline_menu = Aby porozmawiać z konsultantem, proszę wcisnąć trzy. Aby zmienić język lub usłyszeć o danych osobowych, proszę wcisnąć siedem. Aby odsłuchać ponownie, proszę wcisnąć dziewięć. Aby zakończyć rozmowę, proszę wcisnąć krzyżyk.
hotline_menu_short = Aby porozmawiać z konsultantem, proszę wcisnąć trzy. Aby zakończyć, proszę wcisnąć krzyżyk.
hotline_more = Informacje o danych osobowych: proszę wcisnąć siedem. Aby porozmawiać z konsultantem, proszę wcisnąć trzy. Aby wrócić, proszę wcisnąć gwiazdkę.
speech_hint = Można wcisnąć klawisz albo powiedzieć: zapłata, raty, negocjator lub oddzwonienie.
no_input = Nie otrzymaliśmy odpowiedzi.
invalid_input = Przepraszamy, nie ma takiej opcji.
too_many_errors = Ułatwimy to. Łączymy z konsultantem.
person_hint = Aby porozmawiać z konsultantem, proszę wcisnąć trzy.
call_us = Zapraszamy do kontaktu. Nasz numer: { $callback_number }.
still_there = Czy są Państwo na linii? Proszę się nie spieszyć.
repeat_hint = Aby odsłuchać ponownie, proszę wcisnąć dziewięć.
back_hint = Aby wrócić, proszę wcisnąć gwiazdkę.
please_wait = Proszę chwilę poczekać.
tech_error = Przepraszamy, wystąpił problem po naszej stronie. Prosimy spróbować później.
service_trouble = Przepraszamy, teraz nie możemy tego sprawdzić. Nic nie przepadło. Prosimy zadzwonić później. Nasz numer: { $callback_number }.
person_later = Na tej linii nie możemy jeszcze połączyć z konsultantem. Prosimy o telefon pod numer { $callback_number }. Chętnie pomożemy.
goodbye = Dziękujemy za rozmowę. Do widzenia.

## Reaching the right person

rpc_ask = Dzień dobry. To automatyczne połączenie. Dzwoni { $company }. Osoba, z którą chcemy się skontaktować: { $full_name }. Jeśli rozmawiamy z tą osobą, proszę wcisnąć jeden. Jeśli ta osoba nie może teraz rozmawiać, proszę wcisnąć dwa. Jeśli to pomyłka, proszę wcisnąć pięć. Aby porozmawiać z konsultantem, proszę wcisnąć trzy. Aby nie otrzymywać takich połączeń, proszę wcisnąć osiem.
rpc_ask_noname = Dzień dobry. To automatyczne połączenie z prywatną wiadomością. Dzwoni { $company }. Jeśli otrzymali Państwo od nas list lub SMS, proszę wcisnąć jeden. Jeśli to pomyłka, proszę wcisnąć pięć. Aby porozmawiać z konsultantem, proszę wcisnąć trzy. Aby nie otrzymywać takich połączeń, proszę wcisnąć osiem.
rpc_fetch = Dziękujemy. Jeśli ta osoba może teraz podejść do telefonu, proszę wcisnąć jeden, gdy będzie gotowa. W innym razie prosimy się rozłączyć. Zadzwonimy w innym terminie.
third_party_bye = Dziękujemy. Zadzwonimy w innym terminie. Nie trzeba nic robić.
wrong_person_ask = Jeśli nasz list lub telefon nie był do Państwa, proszę wcisnąć pięć. Aby porozmawiać z konsultantem, proszę wcisnąć trzy. Aby zakończyć rozmowę, proszę wcisnąć krzyżyk.
wrong_person_done = Dziękujemy za informację. Nie będziemy już dzwonić na ten numer w sprawie tej osoby. Przepraszamy za kłopot.

## Making sure who is speaking

verify_intro = To poufna informacja, dlatego najpierw sprawdzimy, czy rozmawiamy z właściwą osobą.
verify_case_id = Proszę wprowadzić numer sprawy, a potem wcisnąć krzyżyk. Jeśli nie mają go Państwo pod ręką, proszę wcisnąć tylko krzyżyk.
verify_case_id_short = Numer sprawy, a potem krzyżyk. Na przykład: jeden dwa trzy cztery pięć sześć, krzyżyk.
case_not_found = Nie znajdujemy tego numeru. Proszę sprawdzić go w naszym liście i spróbować jeszcze raz.
verify_pin = Proszę wprowadzić PIN z naszego listu lub wiadomości, a potem wcisnąć krzyżyk. Jeśli nie mają go Państwo pod ręką, proszę wcisnąć tylko krzyżyk.
verify_pin_short = Sześciocyfrowy PIN, a potem krzyżyk. PIN jest w naszym liście lub wiadomości.
no_code_yet = Nic nie szkodzi. Na tej linii nie możemy jeszcze wysłać jednorazowego kodu.
verify_otp_offer = Możemy wysłać jednorazowy kod SMS-em na numer, który mamy w sprawie. Aby otrzymać kod, proszę wcisnąć dwa. Aby porozmawiać z konsultantem, proszę wcisnąć trzy.
verify_otp = Proszę wprowadzić kod z SMS-a, a potem wcisnąć krzyżyk.
verify_dob = Proszę wprowadzić datę urodzenia, osiem cyfr: dwie cyfry dnia, dwie cyfry miesiąca i cztery cyfry roku.
verify_dob_short = Data urodzenia, osiem cyfr. Na przykład drugi stycznia tysiąc dziewięćset osiemdziesiątego roku: zero dwa, zero jeden, jeden dziewięć osiem zero.
verify_id_last4 = Proszę wprowadzić cztery ostatnie cyfry numeru PESEL.
verify_postcode = Proszę wprowadzić kod pocztowy, pięć cyfr.
verify_ok = Dziękujemy, dane się zgadzają.
verify_retry = Podane dane nie zgadzają się z naszymi. Proszę spróbować jeszcze raz.
verify_failed = Tym razem nie udało się potwierdzić danych. Aby chronić Państwa prywatność, nie możemy teraz powiedzieć więcej.
verify_locked = Aby chronić Państwa prywatność, nie możemy teraz podać szczegółów. Aby połączyć się z konsultantem, proszę wcisnąć trzy. Nasz numer: { $callback_number }.

## Notices and messages

us_collector_notice = Rozmowa dotyczy należności. Podane informacje wykorzystamy tylko w tym celu.
voicemail_limited = Dzień dobry. Tu { $company }. Prosimy o telefon pod numer { $callback_number }. Osoba do kontaktu: { $agent_name } lub dowolny konsultant.
abandoned_call = Tu { $company }. Dzwonimy, ale żaden konsultant nie jest teraz wolny. Przepraszamy. Nasz numer: { $callback_number }. Aby nie otrzymywać takich połączeń, proszę wcisnąć osiem.

## Voice messages about a payment

vms_preventive = Przypominamy o zbliżającym się terminie płatności. Wierzyciel: { $creditor }. Kwota: { $amount }. Termin: do { $due_date }. Dziękujemy za terminowe wpłaty.
vms_first_reminder = Przypominamy o płatności. Wierzyciel: { $creditor }. Kwota: { $amount }. Termin minął { $due_date }. Być może to zwykłe przeoczenie. Jeśli już Państwo zapłacili, dziękujemy i prosimy pominąć tę wiadomość.
vms_second_reminder = Nie mamy jeszcze Państwa wpłaty. Wierzyciel: { $creditor }. Kwota: { $amount }. Termin minął { $due_date }. Chcemy spokojnie zamknąć tę sprawę, dlatego prosimy o wybór dogodnego rozwiązania.
vms_broken_promise = Umówiliśmy się na wpłatę: { $amount }, do { $promise_date }. Wpłata jeszcze do nas nie dotarła. Rozumiemy, że plany czasem się zmieniają. Poszukajmy nowego rozwiązania. Jeśli zapłacili Państwo w ostatnich dniach, prosimy pominąć tę wiadomość.
vms_promise_upcoming = Dziękujemy za wspólne ustalenia. Przypominamy o wpłacie. Kwota: { $amount }. Termin: do { $promise_date }.
vms_instalment_due = Najbliższa rata: { $amount }. Termin: do { $due_date }. Rata numer { $inst_no }, liczba wszystkich rat: { $inst_count }.
vms_menu = Aby zapłacić teraz kartą, proszę wcisnąć jeden. Aby otrzymać szczegóły SMS-em, proszę wcisnąć dwa. Aby od razu porozmawiać z negocjatorem, proszę wcisnąć trzy. Aby wybrać termin lub raty, proszę wcisnąć cztery. Jeśli nie zgadzają się Państwo z tą informacją, proszę wcisnąć pięć. Jeśli są Państwo w trudnej sytuacji, proszę wcisnąć sześć. Aby nie otrzymywać automatycznych połączeń, proszę wcisnąć osiem. Aby odsłuchać ponownie, proszę wcisnąć dziewięć.
vms_menu_short = Aby zapłacić, proszę wcisnąć jeden. Aby porozmawiać z negocjatorem, proszę wcisnąć trzy. Inne możliwości: proszę wcisnąć siedem. Aby nie otrzymywać automatycznych połączeń, proszę wcisnąć osiem. Aby odsłuchać ponownie, proszę wcisnąć dziewięć.
vms_menu_more = Aby otrzymać szczegóły SMS-em, proszę wcisnąć dwa. Aby wybrać termin lub raty, proszę wcisnąć cztery. Jeśli nie zgadzają się Państwo z tą informacją, proszę wcisnąć pięć. Jeśli są Państwo w trudnej sytuacji, proszę wcisnąć sześć. Aby wrócić, proszę wcisnąć gwiazdkę.

## What is owed

balance = Numer sprawy: { $case_id_digits }. Wierzyciel: { $creditor }. Do zapłaty: { $amount }. Termin: do { $due_date }.
balance_overdue = Numer sprawy: { $case_id_digits }. Wierzyciel: { $creditor }. Do zapłaty: { $amount }. Termin minął { $due_date }.
balance_breakdown = W tym należność główna: { $principal }, odsetki: { $interest }, koszty: { $costs }.
balance_zero = W tej chwili nie ma nic do zapłaty. Dziękujemy.
balance_closed = Wszystko jest zapłacone. Sprawa jest zamknięta i nie będziemy się już w niej kontaktować. Dziękujemy.

## Paying

pay_method = Aby zapłacić kartą podczas tej rozmowy, proszę wcisnąć jeden. Aby otrzymać link do płatności SMS-em, proszę wcisnąć dwa. Aby otrzymać SMS-em dane do przelewu, proszę wcisnąć cztery. Aby otrzymać link e-mailem, proszę wcisnąć siedem.
pay_amount_menu = Aby zapłacić całą kwotę, proszę wcisnąć jeden. Aby zapłacić inną kwotę, proszę wcisnąć dwa.
pay_enter_amount = Proszę podać kwotę w pełnych złotych, a potem wcisnąć krzyżyk.
pay_amount_confirm = Kwota wpłaty: { $amount }. Aby potwierdzić, proszę wcisnąć jeden. Aby zmienić kwotę, proszę wcisnąć dwa.
pay_secure_intro = Teraz proszę wpisać dane karty na klawiaturze telefonu. Nikt ich nie słyszy i nie są nagrywane.
pay_get_card = Proszę przygotować kartę. Gdy będzie gotowa, proszę wcisnąć jeden.
pay_card_number = Proszę wpisać numer karty, a potem wcisnąć krzyżyk.
pay_expiry = Proszę wpisać datę ważności, cztery cyfry: miesiąc i rok.
pay_cvv = Proszę wpisać trzycyfrowy kod z tyłu karty.
pay_cvv_amex = Proszę wpisać czterocyfrowy kod z przodu karty.
pay_card_invalid = Ten numer karty wygląda na nieprawidłowy. Proszę wpisać go jeszcze raz.
pay_card_confirm = Końcówka karty: { $card_last4_digits }. Kwota: { $amount }. Aby zapłacić, proszę wcisnąć jeden. Aby wpisać kartę ponownie, proszę wcisnąć dwa. Aby zrezygnować, proszę wcisnąć gwiazdkę.
pay_processing = Przetwarzamy płatność. Prosimy się nie rozłączać.
pay_success = Dziękujemy. Płatność przyjęta: { $amount }. Numer potwierdzenia: { $ref_digits }. Wyślemy go też SMS-em.
pay_declined = Bank nie przyjął tej płatności. Nic nie zostało pobrane. Aby spróbować inną kartą, proszę wcisnąć jeden. Aby otrzymać link do płatności SMS-em, proszę wcisnąć dwa. Aby porozmawiać z negocjatorem, proszę wcisnąć trzy.
pay_unknown = Nie znamy jeszcze wyniku tej płatności. Prosimy nie płacić ponownie. Potwierdzimy ją SMS-em najpóźniej następnego dnia roboczego.
pay_cancelled = Płatność przerwana. Nic nie zostało pobrane.

## Confirmations of messages

sms_sent = Wysłaliśmy SMS. Końcówka numeru: { $phone_last3_digits }.
message_sent = Wysłaliśmy SMS. Końcówka numeru: { $phone_last3_digits }.
email_sent = Wysłaliśmy e-mail na podany nam adres.
message_not_sent = Tym razem nie udało się wysłać wiadomości. Nasz numer: { $callback_number }.

## Promise to pay

ptp_menu = Do kiedy planują Państwo wpłatę? Jeśli do { $date_1 }, proszę wcisnąć jeden. Jeśli do { $date_2 }, proszę wcisnąć dwa. Jeśli do { $date_3 }, proszę wcisnąć trzy. Aby wybrać inny termin, proszę wcisnąć cztery.
ptp_enter_date = Proszę wprowadzić datę, cztery cyfry: dwie cyfry dnia i dwie cyfry miesiąca.
ptp_date_too_far = Ten termin jest zbyt odległy. Prosimy wybrać termin najpóźniej do { $max_date }.
ptp_confirm = Deklaracja wpłaty: { $amount }, do { $promise_date }. Aby potwierdzić, proszę wcisnąć jeden. Aby zmienić, proszę wcisnąć dwa.
ptp_saved = Dziękujemy. Ustalenie jest zapisane, potwierdzimy je SMS-em. Do tego czasu wyślemy tylko jedno przypomnienie.

## Instalments

inst_offer = Można zapłacić w ratach. Liczba rat: { $inst_count }. Co miesiąc: { $inst_amount }. Pierwsza wpłata do { $first_date }. Aby przyjąć, proszę wcisnąć jeden. Aby zmienić liczbę rat, proszę wcisnąć dwa. Aby porozmawiać z negocjatorem, proszę wcisnąć trzy.
inst_enter_count = Proszę wprowadzić liczbę rat, a potem wcisnąć krzyżyk. Najmniej: { $inst_min }. Najwięcej: { $inst_max }.
inst_saved = Dziękujemy. Plan rat jest gotowy. Harmonogram wysyłamy SMS-em i e-mailem.
inst_unavailable = Nie możemy ustalić tego automatycznie, ale negocjator poszuka z Państwem rozwiązania.

## Difficult times

hardship_intro = Dziękujemy, że Państwo nam o tym mówią. Trudniejszy czas może spotkać każdego i chcemy pomóc. Dziś nie trzeba podejmować żadnych decyzji.
hardship_menu = Aby porozmawiać ze specjalnie przygotowanym doradcą, proszę wcisnąć trzy. Aby wstrzymać nasze telefony, proszę wcisnąć dwa. Aby usłyszeć o bezpłatnej, niezależnej pomocy, proszę wcisnąć siedem.
hardship_paused = Gotowe. Do { $pause_until } nie będziemy dzwonić. Mogą Państwo zadzwonić do nas w każdej chwili.
hardship_advice = Bezpłatna, niezależna pomoc: { $advice_org }. Telefon: { $advice_phone_digits }. Wysyłamy te dane także SMS-em.
crisis_support = Jeśli jest bardzo ciężko, prosimy nie zostawać z tym samemu. Telefon wsparcia: { $crisis_phone_digits }. Ktoś Państwa wysłucha.

## Disagreement

dispute_menu = Chcemy to wyjaśnić. Jeśli wpłata została już dokonana, proszę wcisnąć jeden. Jeśli kwota jest nieprawidłowa, proszę wcisnąć dwa. Jeśli nie znają Państwo tej sprawy, proszę wcisnąć cztery. Jeśli powód jest inny, proszę wcisnąć siedem. Aby porozmawiać z konsultantem, proszę wcisnąć trzy.
dispute_message = Po sygnale prosimy powiedzieć, co mamy sprawdzić. Na koniec proszę wcisnąć krzyżyk.
dispute_saved = Dziękujemy. Zastrzeżenie zostało zapisane. Na czas wyjaśnienia wstrzymujemy telefony. Odpowiemy na piśmie. Czas na odpowiedź: { $days_count }.

## Why it was difficult to pay

reason_menu = Czy możemy zapytać, co utrudniło płatność? Jeśli to zwykłe przeoczenie, proszę wcisnąć jeden. Jeśli zapłata całości jest teraz niemożliwa, proszę wcisnąć dwa. Jeśli nie zgadzają się Państwo z kwotą, proszę wcisnąć pięć. Jeśli są Państwo w trudnej sytuacji, proszę wcisnąć sześć. Aby pominąć pytanie, proszę wcisnąć krzyżyk.

## Calling back

cb_offer = Czy mamy oddzwonić? Jeśli tak, proszę wcisnąć jeden. Jeśli nie, proszę wcisnąć dwa.
cb_day = Który dzień Państwu odpowiada? Jeśli dziś, proszę wcisnąć jeden. Jeśli jutro, proszę wcisnąć dwa. Jeśli pojutrze, proszę wcisnąć trzy.
cb_time = Jeśli rano, proszę wcisnąć jeden. Jeśli po południu, proszę wcisnąć dwa. Jeśli wieczorem, proszę wcisnąć trzy.
cb_number = Aby oddzwonić na ten numer, proszę wcisnąć jeden. Aby podać inny numer, proszę wcisnąć dwa.
cb_enter_number = Proszę wprowadzić numer telefonu, a potem wcisnąć krzyżyk.
cb_saved = Gotowe. Zadzwonimy { $cb_date }, od { $time_from } do { $time_to }.
cb_saved_rel = Gotowe. Zadzwonimy { $relative_day }, od { $time_from } do { $time_to }.
cb_already = Oddzwonienie jest już zapisane. Zadzwonimy zgodnie z ustaleniem.
cb_closed = O tej porze nie dzwonimy. Prosimy wybrać inny termin.

## Speaking to a person

transfer_connecting = Łączymy z negocjatorem. Negocjator widzi już Państwa sprawę, więc nie trzeba niczego powtarzać.
transfer_connecting_unverified = Łączymy z konsultantem.
transfer_queue = Miejsce w kolejce: { $position }. Przewidywany czas oczekiwania: { $minutes_count }. Jeśli wolą Państwo oddzwonienie, proszę wcisnąć cztery.
transfer_wait = Dziękujemy za cierpliwość. Odbierzemy, gdy tylko ktoś będzie wolny.
transfer_none = Wszyscy negocjatorzy są zajęci. Aby zamówić oddzwonienie, proszę wcisnąć cztery. Aby otrzymać szczegóły SMS-em, proszę wcisnąć dwa.
transfer_closed = Negocjatorzy są teraz niedostępni. Tutaj mogą Państwo zapłacić, wybrać termin lub zamówić oddzwonienie.
person_away = W tej chwili nikt nie może odebrać. Przepraszamy. Możemy oddzwonić.
transfer_returned = Połączenie z negocjatorem zostało przerwane. Wracamy do menu.
agent_whisper = Klient zweryfikowany. Sprawa { $case_id_digits }. Kwota { $amount }. Aby przyjąć, proszę wcisnąć jeden.

## Stopping calls

optout_confirm = Gotowe: ten numer jest wyłączony z połączeń automatycznych. Aby jednak je otrzymywać, proszę wcisnąć dwa.
optout_done = Gotowe. Nie będziemy już wykonywać automatycznych połączeń na ten numer. Nadal możemy kontaktować się listownie.
not_stored = Przepraszamy, teraz nie możemy tego zapisać. Zrobi to za Państwa konsultant.

## Survey

survey_intro = Czy zechcą Państwo odpowiedzieć na trzy krótkie pytania o ten kontakt? Odpowiedzi nie wpływają na sprawę. Jeśli tak, proszę wcisnąć jeden. Jeśli nie, proszę wcisnąć dwa.
survey_csat = Na ile są Państwo zadowoleni z tego kontaktu? Jeden oznacza: bardzo niezadowoleni. Pięć oznacza: bardzo zadowoleni.
survey_ces = Jak łatwo było dziś załatwić sprawę? Jeden oznacza: bardzo trudno. Siedem oznacza: bardzo łatwo.
survey_nps = Na ile prawdopodobne jest, że poleciliby Państwo { $company } za sposób traktowania ludzi? Zero: na pewno nie. Dziesięć: na pewno tak. Proszę wprowadzić liczbę, a potem wcisnąć krzyżyk.
survey_comment = Po sygnale można zostawić komentarz. Na koniec proszę wcisnąć krzyżyk lub po prostu się rozłączyć.
survey_thanks = Dziękujemy. Państwa opinia pomaga nam się doskonalić.

## Words for speech recognition

word_yes = tak
word_no = nie
word_negotiator = negocjator

## Written only: SMS and e-mail

sms_payment_details = { $company }: sprawa { $case_id }. Do zapłaty: { $amount_num }. Konto: { $account }. Tytuł: { $title }. Pytania: { $callback_number }
sms_payment_link = { $company }: bezpieczna płatność { $amount_num }: { $link } Link ważny do { $expires }. Jeśli to nie Państwa prośba, prosimy pominąć tę wiadomość.
sms_payment_ok = { $company }: otrzymaliśmy wpłatę { $amount_num }. Potwierdzenie { $ref }. Dziękujemy.
sms_ptp_confirm = { $company }: ustalenie: { $amount_num } do { $promise_date_num }. Sprawa { $case_id }. Zmiana: { $callback_number }
sms_missed_call = { $company }: próbowaliśmy się z Państwem skontaktować. Prosimy o telefon: { $callback_number }
sms_callback = { $company }: zadzwonimy { $cb_date_num }, { $time_from_num }-{ $time_to_num }. Zmiana terminu: { $callback_number }
sms_stop_ack = { $company }: nie będziemy już wysyłać wiadomości na ten numer w tej sprawie.
sms_survey = { $company }: jak łatwo było załatwić sprawę? Prosimy odpisać: od 1 (bardzo trudno) do 7 (bardzo łatwo).
