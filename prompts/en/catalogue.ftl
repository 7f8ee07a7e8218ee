### The texts of the hotline in English (British; .en-US where America differs).
### One text a line: `text_id = words and { $name }`. Values are said by the grammar of `words`;
### a number key stands after its function; sentences hold at most 20 words.

## Answering and menus

# inbound; company = tenant-recorded name clip; no mention of debt before verification
in_greeting = Hello, you have reached { $company }.
# after in_greeting on a line without a speech engine
hotline_intro = This is an automated line. You can answer with the keys of your telephone.
# before verification; anyone may be listening: no word of money
main_menu_unverified = About our letter, text message or call, press one. To speak to a person, press three. To hear how we use personal data, press seven. To stop automated calls, press eight.
# play each language's own line in that language's voice; key = digit clip
lang_option = For English, press { $key }.
# after a choice of language, in the new one
language_changed = From now on we continue in English.
# recording starts when the notice has ended and 2 was not pressed; the span before is not recorded
recording_notice = This call is recorded so that we have proof of what we agree. If you prefer not to be recorded, press two.
# GDPR art. 13/14, LGPD art. 9; first layer; the controller may be a creditor: a creditor is named only to a verified person
privacy_notice = Your personal data is handled by { $company }. To hear how we use it and what your rights are, press seven.
# key 7; the second layer of privacy_notice, no word of money: anyone may be listening
privacy_details = Your data is handled by { $company }. We use it only to deal with your case, as the law allows. You may see your data, have it corrected, or object to its use. You may also complain to the data protection authority. To do so, write to the address in our letter.
# how we work and what your rights are; no word of money: anyone may be listening
how_we_work = We look for a solution that suits you. You can tell us what is possible, or that something is wrong. You may ask for everything in writing. You may also complain to us, or to an independent body. We never tell other people about your case.
# only after the right party is verified; barge-in on
main_menu = To hear your balance or pay, press one. To get the details by text message, press two. To speak to a negotiator, press three. To agree a payment date or instalments, press four. For more options, press seven.
# second page of main_menu (key 7); 3 still reaches a person
main_menu_more = To book a call back, press four. If you think there is a mistake, press five. If you are going through a difficult time, press six. To stop automated calls, press eight. To hear this again, press nine.
# after the balance, as long as paying, plans and negotiators are not on this line
hotline_menu = To speak to a person, press three. To change the language or hear about your data, press seven. To hear this again, press nine. To end the call, press hash.
    .en-US = To speak to a person, press three. To change the language or hear about your data, press seven. To hear this again, press nine. To end the call, press the pound key.
# second try of hotline_menu
hotline_menu_short = For a person, press three. To end the call, press hash.
    .en-US = For a person, press three. To end the call, press the pound key.
# key 7 of hotline_menu, after the lang_option lines
hotline_more = To hear how we use personal data, press seven. To speak to a person, press three. To go back, press star.
# only when a speech engine is configured
speech_hint = You can press a key or simply say: pay, instalments, negotiator, or call back.
# after 5-7 s silence; then repeat the menu once
no_input = We did not get an answer.
invalid_input = Sorry, that option is not available.
# after 3 failures; if no agent -> cb_offer
too_many_errors = Let us make this easier. We are connecting you to a person.
# last rung before a way on is chosen for the caller
person_hint = To speak to a person, press three.
# after an opt-out or a dispute: a person stays reachable
call_us = You are welcome to call us. Our number is { $callback_number }.
# after a longer silence; then the question again
still_there = Are you still there? Please take your time.
repeat_hint = To hear this again, press nine.
back_hint = To go back, press star.
please_wait = One moment, please.
tech_error = Sorry, something went wrong on our side. Please try again later.
# a look-up failed or took too long
service_trouble = Sorry, we cannot look this up now. Nothing is lost. Please call again later. You can also call us on { $callback_number }.
# as long as no negotiator can be reached through this line
person_later = On this line we cannot connect you to a person yet. Please call us on { $callback_number }. We will be glad to help.
# pt avoids obrigado/obrigada so that any voice gender fits
goodbye = Thank you for your time. Goodbye.

## Reaching the right person

# outbound; full_name by runtime TTS, nominative in pl; NOTHING about money here
rpc_ask = Good day. This is an automated call from { $company } for { $full_name }. If we are speaking to this person, press one. If this person cannot talk now, press two. If this is a wrong number, press five. To speak to a person, press three. To stop such calls, press eight.
# when no TTS for the name is configured
rpc_ask_noname = Good day. This is an automated call with a private message. The caller is { $company }. If you have had a letter or a text message from us, press one. If this is a wrong number, press five. To speak to a person, press three. To stop such calls, press eight.
# off by default in Poland: asking a third party to pass the phone or a message may itself be a breach
rpc_fetch = Thank you. If this person can come to the phone now, press one when they are ready. Otherwise please hang up; we will call another time.
third_party_bye = Thank you. We will call another time. You do not need to do anything.
# inbound: somebody had a letter or a call that was meant for another person
wrong_person_ask = If our letter or call was not for you, press five. To speak to a person, press three. To end the call, press hash.
    .en-US = If our letter or call was not for you, press five. To speak to a person, press three. To end the call, press the pound key.
# sets phone status=wrong_party immediately
wrong_person_done = Thank you for letting us know. We will stop calling this number about that person. We are sorry for the trouble.

## Making sure who is speaking

verify_intro = This message is private, so first we need to check that we are speaking to the right person.
# hash alone = empty: one-time code by SMS to the number on file, then a person
verify_case_id = Please enter your case number, then press hash. If you do not have it at hand, press hash alone.
    .en-US = Please enter your case number, then press the pound key. If you do not have it at hand, press the pound key alone.
# second try, with an example
verify_case_id_short = Your case number, then hash. For example: one two three four five six, then hash.
    .en-US = Your case number, then the pound key. For example: one two three four five six, then the pound key.
# then the question again; the same whether the number is unknown or mistyped
case_not_found = We cannot find this number. Please check it in our letter and try again.
# preferred factor (Italy: Garante 445/2013 pattern); hash alone = empty: one-time code by SMS to the number on file, then a person
verify_pin = Please enter the PIN from our letter or message, then press hash. If you do not have it at hand, press hash alone.
    .en-US = Please enter the PIN from our letter or message, then press the pound key. If you do not have it at hand, press the pound key alone.
# second try
verify_pin_short = Your six-digit PIN, then hash. It is in our letter or message.
    .en-US = Your six-digit PIN, then the pound key. It is in our letter or message.
# hash alone at the PIN or the case number, as long as no code can be sent; then person_later
no_code_yet = That is all right. We cannot send a one-time code on this line yet.
# sent only to the number on file; valid 5 min, 3 tries
verify_otp_offer = We can send a one-time code by text message to the number we have for you. To get the code, press two. To speak to a person, press three.
verify_otp = Please enter the code from the text message, then press hash.
    .en-US = Please enter the code from the text message, then press the pound key.
verify_dob = Please enter your date of birth as eight digits: two for the day, two for the month and four for the year.
    .en-US = Please enter your date of birth as eight digits: two for the month, two for the day and four for the year.
# second try, with an example
verify_dob_short = Your date of birth, eight digits. For example, the second of January nineteen eighty: zero two, zero one, one nine eight zero.
    .en-US = Your date of birth, eight digits. For example, January second nineteen eighty: zero one, zero two, one nine eight zero.
# country-specific; masked in logs
verify_id_last4 = Please enter the last four digits of your identity number.
# weak factor: only as second factor
verify_postcode = Please enter only the digits of your postcode, then press hash.
    .en-US = Please enter only the digits of your zip code, then press the pound key.
verify_ok = Thank you. Your details match.
# never say which factor failed
verify_retry = That does not match what we have. Please try once more.
# tries used up; the same words whichever answer failed
verify_failed = We could not check your details this time. To protect your privacy, we cannot say more now.
# after max attempts; no debt disclosure
verify_locked = To protect your privacy we cannot give any details now. To speak to an adviser, press three. You can also call us on { $callback_number }.

## Notices and messages

# only after verification; en text mandatory for US (12 CFR 1006.18(e)), optional elsewhere
us_collector_notice = This is an attempt to collect a debt by a debt collector. Any information obtained will be used for that purpose.
# limited-content message; US: exactly these items and nothing else, company name must not reveal collections
voicemail_limited = Hello. This is { $company }. Please call { $agent_name }, or any of our representatives, on { $callback_number }.
# must start within 2 s of answer; no marketing, no debt
abandoned_call = This is { $company }. We called you, but none of our advisers was free. We are sorry. You can call us on { $callback_number }. To stop these calls, press eight.

## Voice messages about a payment

# before due date
vms_preventive = We would like to remind you of an upcoming payment. Creditor: { $creditor }. Amount: { $amount }. Please pay by { $due_date }. Thank you for paying on time.
vms_first_reminder = This is a friendly reminder about a payment. Creditor: { $creditor }. Amount: { $amount }. It was due on { $due_date }. Perhaps it was simply missed. If you have already paid, thank you, please ignore this message.
vms_second_reminder = We have not received your payment yet. Creditor: { $creditor }. Amount: { $amount }. It was due on { $due_date }. We want to settle this with you calmly, so please choose what suits you best.
# wait 2-3 banking days after promise date
vms_broken_promise = We agreed a payment of { $amount } by { $promise_date }. It has not reached us yet. Things happen, so let us find a new solution together. If you paid in the last few days, please ignore this message.
# 1-2 days before
vms_promise_upcoming = Thank you for our agreement. We are reminding you about the payment of { $amount } by { $promise_date }.
# inst_no/inst_count plain cardinals, masculine
vms_instalment_due = Your next instalment is { $amount }. Please pay it by { $due_date }. Instalment number { $inst_no }, out of { $inst_count }.
# long form; vms_menu_short is the default after the message (five options), 7 leads here
vms_menu = To pay now by card, press one. To get the details by text message, press two. To speak to a negotiator now, press three. To choose a payment date or instalments, press four. If you do not agree, press five. If you are going through a difficult time, press six. To stop automated calls, press eight. To hear this again, press nine.
# recommended default after the VMS body; 7 -> vms_menu
vms_menu_short = To pay now, press one. To speak to a negotiator, press three. For other options, press seven. To stop automated calls, press eight. To hear this again, press nine.
# second page of vms_menu_short (key 7); 3, 0, 8 and 9 work on it unsaid
vms_menu_more = To get the details by text message, press two. To choose a payment date or instalments, press four. If you do not agree, press five. If you are going through a difficult time, press six. To go back, press star.

## What is owed

# due date in the future
balance = Case number: { $case_id_digits }. Creditor: { $creditor }. Amount to pay: { $amount }. Please pay by { $due_date }.
# due date in the past
balance_overdue = Case number: { $case_id_digits }. Creditor: { $creditor }. Amount to pay: { $amount }. It was due on { $due_date }.
# skip parts that are zero
balance_breakdown = This includes the original sum: { $principal }, interest: { $interest }, and costs: { $costs }.
balance_zero = You have nothing to pay at the moment. Thank you.
# after the last payment; nobody calls about this case again
balance_closed = Everything is paid. Your case is closed, and we will not contact you about it any more. Thank you.

## Paying

# pt-BR option 4 = Pix/boleto
pay_method = To pay by card during this call, press one. To get a payment link by text message, press two. For bank transfer details by text message, press four. To get the link by email, press seven.
pay_amount_menu = To pay the full amount, press one. To pay a different amount, press two.
# one wording per currency; star wipes, as everywhere
pay_enter_amount = Enter the amount in whole pounds, then press hash.
    .en-US = Enter the amount in whole dollars, then press the pound key.
# only after an amount was keyed; the full amount is confirmed once, at pay_card_confirm
pay_amount_confirm = You are going to pay { $amount }. To confirm, press one. To change the amount, press two.
# recording paused + DTMF masked before this prompt
pay_secure_intro = Now you will type your card details on the phone keypad. Nobody can hear them and they are not recorded.
# waits 60 s, repeats once
pay_get_card = Please have your card ready. When you are ready, press one.
pay_card_number = Enter the card number, then press hash.
    .en-US = Enter the card number, then press the pound key.
pay_expiry = Enter the expiry date as four digits: month, then year.
pay_cvv = Enter the three-digit security code from the back of the card.
# American Express
pay_cvv_amex = Enter the four-digit code from the front of the card.
# Luhn/length failed
pay_card_invalid = This card number does not look right. Please enter it again.
pay_card_confirm = Card ending in { $card_last4_digits }. Amount: { $amount }. To pay, press one. To enter the card again, press two. To cancel, press star.
# repeat every 8-10 s
pay_processing = We are processing your payment. Please stay on the line.
pay_success = Thank you. Your payment has been accepted: { $amount }. Confirmation number: { $ref_digits }. We will also send it by text message.
pay_declined = Your bank has not accepted this payment. Nothing was charged. To try another card, press one. To get a payment link by text message, press two. To speak to a negotiator, press three.
# gateway timeout: avoid double charge
pay_unknown = We do not yet know the result of this payment. Please do not pay again. We will confirm it by text message, at the latest on the next working day.
pay_cancelled = The payment was stopped. Nothing was charged.

## Confirmations of messages

sms_sent = We have sent a text message to the number ending in { $phone_last3_digits }.
# the words behind a text message that was sent (sms_… are written, never spoken)
message_sent = We have sent a text message to the number ending in { $phone_last3_digits }.
# never read the address aloud before verification
email_sent = We have sent an email to the address you gave us.
# refused, no address, or the contact rules forbid it now: which one is not said
message_not_sent = We could not send the message this time. Our number is { $callback_number }.

## Promise to pay

# dates in the genitive (pl), with article (it)
ptp_menu = When would you like to pay? By { $date_1 }, press one. By { $date_2 }, press two. By { $date_3 }, press three. For another date, press four.
ptp_enter_date = Enter the date as four digits: two for the day and two for the month.
    .en-US = Enter the date as four digits: two for the month and two for the day.
ptp_date_too_far = That date is a little too far away. Please choose a date no later than { $max_date }.
ptp_confirm = You are promising to pay { $amount } by { $promise_date }. To confirm, press one. To change it, press two.
# dialler must honour: suppress calls until promise date
ptp_saved = Thank you. We have noted our agreement and will confirm it by text message. Until then we will send only one reminder.

## Instalments

# inst_count plain cardinal
inst_offer = You can pay in instalments. Number of instalments: { $inst_count }. Each month: { $inst_amount }. First payment by { $first_date }. To accept, press one. For a different number of instalments, press two. To speak to a negotiator, press three.
inst_enter_count = Enter the number of instalments, then press hash. Minimum: { $inst_min }. Maximum: { $inst_max }.
    .en-US = Enter the number of instalments, then press the pound key. Minimum: { $inst_min }. Maximum: { $inst_max }.
inst_saved = Thank you. The instalment plan is ready. We are sending the payment schedule by text message and email.
# then transfer_connecting or cb_menu
inst_unavailable = We cannot arrange this automatically, but a negotiator will be able to help.

## Difficult times

hardship_intro = Thank you for telling us. Many people go through hard times and we want to help. You do not have to decide anything today.
# do NOT ask about health by IVR (GDPR art. 9) – a person records it with explicit consent
hardship_menu = To speak to a specially trained adviser, press three. To pause our calls, press two. To hear about free, independent debt advice, press seven.
hardship_paused = Done. We will not call you until { $pause_until }. You can call us at any time.
# per-country table, tenant-editable
hardship_advice = Free and independent advice: { $advice_org }. Telephone: { $advice_phone_digits }. We are also sending this by text message.
# PL 116 123 / 800 70 2222, UK 116 123, US 988, IT 112 or 02 2327 2327, BR 188: verify per deployment; reached from hardship_advice with key 7 and offered by negotiators
crisis_support = If things feel too heavy, please do not stay alone with it. Call { $crisis_phone_digits }. Someone will listen to you.

## Disagreement

# a numbered list of reasons; 3 stays a person
dispute_menu = We want to get this right. If you have already paid, press one. If the amount is wrong, press two. If you do not recognise this matter, press four. For another reason, press seven. To speak to a person, press three.
# max 120 s
dispute_message = After the tone, please tell us what we should check. When you have finished, press hash.
    .en-US = After the tone, please tell us what we should check. When you have finished, press the pound key.
# days_count = count+noun, nominative ("trzydzieści dni")
dispute_saved = Thank you. Your objection has been recorded. Our calls are paused while we check it. We will answer in writing. Time to answer: { $days_count }.

## Why it was difficult to pay

# reason for non-payment, stored on the case; each key leads to its branch
reason_menu = May we ask what made it difficult to pay? If it was simply missed, press one. If you cannot pay the full amount now, press two. If you do not agree with the amount, press five. If you are going through a difficult time, press six. To skip this, press hash.
    .en-US = May we ask what made it difficult to pay? If it was simply missed, press one. If you cannot pay the full amount now, press two. If you do not agree with the amount, press five. If you are going through a difficult time, press six. To skip this, press the pound key.

## Calling back

cb_offer = Would you like us to call you back? For yes, press one. For no, press two.
# skip days closed by the calendar
cb_day = Which day suits you? For today, press one. For tomorrow, press two. For the day after tomorrow, press three.
cb_time = For the morning, press one. For the afternoon, press two. For the early evening, press three.
cb_number = To be called on this number, press one. To give another number, press two.
cb_enter_number = Enter the phone number, then press hash.
    .en-US = Enter the phone number, then press the pound key.
# cb_date may be dziś/jutro etc. (use cb_saved_rel)
cb_saved = Done. We will call you on { $cb_date }, between { $time_from } and { $time_to }.
# today / tomorrow / the day after tomorrow
cb_saved_rel = Done. We will call you { $relative_day }, between { $time_from } and { $time_to }.
# one open call back per person
cb_already = We have already noted a call back for you. We will call as agreed.
# then the days again
cb_closed = We do not make calls at that time. Please choose another time.

## Speaking to a person

# only for verified callers
transfer_connecting = We are connecting you to a negotiator. They can already see your case, so you will not have to repeat anything.
# callers not verified
transfer_connecting_unverified = We are connecting you to a person.
# {minutes_count} is a band: "less than a minute", "one to two minutes", "three to five minutes", "five to ten minutes", "more than ten minutes", in words per language
transfer_queue = Your place in the queue: { $position }. Estimated waiting time: { $minutes_count }. If you would rather have a call back, press four.
# every 30-45 s
transfer_wait = Thank you for waiting. We will answer as soon as someone is free.
transfer_none = All our negotiators are busy. To be called back, press four. To get the details by text message, press two.
# outside staffed hours
transfer_closed = Our negotiators are not available now. You can still pay, choose a date or book a call back here.
# closed, full or nobody answered, also for callers who are not verified; then the call back
person_away = Nobody is free to talk at the moment. We are sorry. We can call you back.
transfer_returned = The connection to the negotiator was lost. We are taking you back to the menu.
# only to the agent leg
agent_whisper = Verified customer. Case { $case_id_digits }. Amount { $amount }. To accept, press one.

## Stopping calls

# the opt-out is stored when 8 is pressed; this only offers to undo it
optout_confirm = Done: this number is off our automated calls. To keep receiving them after all, press two.
# effective immediately
optout_done = Done. We will not make automated calls to this number any more. We may still write to you.
# an opt-out or a wrong number that could not be stored; then a person
not_stored = Sorry, we could not store this now. A person will do it for you.

## Survey

survey_intro = Would you answer three short questions about this contact? Your answers do not affect your case. For yes, press one. For no, press two.
# CSAT 1-5
survey_csat = How satisfied are you with this contact? One means very dissatisfied, five means very satisfied.
# CES 1-7
survey_ces = How easy was it to settle your matter today? One means very difficult, seven means very easy.
# NPS 0-10; "10" needs two digits, so hash or 2 s timeout
survey_nps = How likely are you to recommend { $company } because of the way we treat people? Zero means not at all, ten means very likely. Enter a number, then press hash.
    .en-US = How likely are you to recommend { $company } because of the way we treat people? Zero means not at all, ten means very likely. Enter a number, then press the pound key.
survey_comment = If you wish, leave a comment after the tone. When you have finished, press hash or simply hang up.
    .en-US = If you wish, leave a comment after the tone. When you have finished, press the pound key or simply hang up.
survey_thanks = Thank you. Your opinion helps us treat people better.

## Words for speech recognition

# ASR synonyms: yes yeah correct | tak zgadza się potwierdzam | sì certo esatto | sim isso correto
word_yes = yes
# ASR synonyms: no nope | nie zgadza się nie | no non è vero | não negativo
word_no = no
# ASR: agent, person, human | konsultant, człowiek, doradca | persona, consulente | atendente, pessoa
word_negotiator = negotiator

## Written only: SMS and e-mail

# TEXT; send only to a verified number
sms_payment_details = { $company }: case { $case_id }. To pay: { $amount_num }. Account: { $account }. Reference: { $title }. Questions: { $callback_number }
# TEXT; dates numeric in SMS
sms_payment_link = { $company }: pay { $amount_num } safely here: { $link } The link is valid until { $expires }. If you did not ask for it, ignore this message.
# TEXT
sms_payment_ok = { $company }: we received { $amount_num }. Confirmation { $ref }. Thank you.
# TEXT
sms_ptp_confirm = { $company }: agreed: { $amount_num } by { $promise_date_num }. Case { $case_id }. To change it: { $callback_number }
# TEXT; no debt content; sender must be a callable number
sms_missed_call = { $company }: we tried to call you. Please call back: { $callback_number }
# TEXT
sms_callback = { $company }: we will call you { $cb_date_num }, { $time_from_num }-{ $time_to_num }. To change the time: { $callback_number }
# TEXT; keywords STOP / STOP, KONIEC / STOP, BASTA / PARE, SAIR
sms_stop_ack = { $company }: you will get no more messages on this number about this case.
# TEXT
sms_survey = { $company }: how easy was it to settle your matter? Reply 1 (very hard) to 7 (very easy).
