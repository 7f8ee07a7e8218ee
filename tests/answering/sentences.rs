//! What people and machines say, in a part for tuning and a part for scoring: no sentence is in both.

use super::Part;

/// One language: the voices that speak it, and what is said.
pub(super) struct Speech {
    /// The language as flows name it.
    pub lang: &'static str,
    /// As the speech engine names it; several where the language has several accents.
    pub accents: &'static [&'static str],
    people: [&'static [&'static str]; 2],
    machines: [&'static [&'static str]; 2],
}

impl Speech {
    pub(super) fn people(&self, part: Part) -> &'static [&'static str] {
        self.people[part as usize]
    }

    pub(super) fn machines(&self, part: Part) -> &'static [&'static str] {
        self.machines[part as usize]
    }
}

/// Voices of the speech engine: no speaker is in both parts.
pub(super) fn speakers(part: Part) -> &'static [&'static str] {
    match part {
        Part::Tuning => &["m1", "m3", "m5", "f1", "f3", "Andy", "Linda"],
        Part::Scoring => &["m6", "Mario", "Gene", "f5", "Alicia", "David", "Belinda"],
    }
}

pub(super) const LANGUAGES: [Speech; 4] = [POLISH, ENGLISH, ITALIAN, PORTUGUESE];

const POLISH: Speech = Speech {
    lang: "pl",
    accents: &["pl"],
    people: [
        &[
            "Halo?",
            "Tak, słucham.",
            "Kowalska, słucham.",
            "Proszę?",
            "Dzień dobry.",
            "No cześć!",
            "Halo, halo?",
            "Wiśniewski, dzień dobry.",
        ],
        &[
            "Słucham?",
            "Tak?",
            "Halo, kto mówi?",
            "Nowak.",
            "Dobry wieczór.",
            "No, halo?",
            "Słucham pana.",
            "Zielińska, tak słucham.",
        ],
    ],
    machines: [
        &[
            "Dzień dobry, tu poczta głosowa. Abonent nie może teraz odebrać. Zostaw wiadomość po sygnale.",
            "Cześć, tu Marek, nie mogę teraz rozmawiać, nagraj się.",
            "Dodzwoniłeś się do Anny. Oddzwonię, gdy tylko będę mogła. Proszę o krótką wiadomość.",
            "Abonent ma wyłączony telefon lub jest poza zasięgiem sieci. Proszę zadzwonić później.",
            "Poczta głosowa numeru sześć zero zero, jeden dwa trzy, cztery pięć sześć. Po usłyszeniu sygnału proszę zostawić wiadomość. Aby zakończyć, proszę się rozłączyć.",
            "Nie ma nas w domu, proszę mówić po sygnale.",
        ],
        &[
            "Witamy w poczcie głosowej. Osoba, do której dzwonisz, jest niedostępna. Nagraj wiadomość po usłyszeniu dźwięku.",
            "Hej, mówi Kasia, zadzwoń później albo zostaw mi wiadomość.",
            "Tu automatyczna sekretarka rodziny Mazur. W tej chwili nikt nie może podejść do telefonu. Zostaw swoje imię i numer, a oddzwonimy.",
            "Rozmówca nie odbiera. Jeśli chcesz, zostaw wiadomość, zaczynając po sygnale.",
            "Skrzynka głosowa abonenta pięć zero dwa, siedem siedem osiem, dziewięć jeden jeden jest gotowa do nagrania. Wiadomość może mieć dwie minuty. Po nagraniu można się rozłączyć.",
            "Jestem na urlopie do końca miesiąca, w pilnych sprawach proszę pisać.",
        ],
    ],
};

const ENGLISH: Speech = Speech {
    lang: "en",
    accents: &["en-gb", "en-us"],
    people: [
        &[
            "Hello?",
            "Yes?",
            "Hi, who is this?",
            "Sarah speaking.",
            "Good morning.",
            "Yeah, hello.",
            "John Baker.",
            "Hello, yes?",
        ],
        &[
            "Hello, hello?",
            "Hi.",
            "This is David.",
            "Who's calling?",
            "Good evening.",
            "Yep?",
            "Emma Clark, hello.",
            "Speaking.",
        ],
    ],
    machines: [
        &[
            "The person you are calling is not available. Please leave a message after the tone.",
            "Hi, this is Tom, I can't come to the phone right now, leave me a message.",
            "You have reached the Smith family. We are out at the moment. Please tell us your name and number, and we will call you back.",
            "Welcome to voicemail. Your call has been forwarded to an automatic voice message system. At the tone, please record your message. When you have finished recording, you may hang up.",
            "We can't answer. Speak after the beep.",
            "The number you have dialled is switched off. Please try again later.",
        ],
        &[
            "Your call cannot be taken right now, so please record your message after the beep.",
            "Hey, it's Julie, I'm probably driving, so leave your name and I'll ring you back.",
            "This is the answering machine of Robert and Helen Green. Nobody is at home today. Say something nice after the signal, and one of us will return your call.",
            "The customer at zero seven seven double zero, nine hundred, one two three is unable to answer. To leave a voice message, wait for the tone. To leave a call back number, press five.",
            "Not here. Leave a message.",
            "Sorry, the mobile phone you are calling may be out of reach.",
        ],
    ],
};

const ITALIAN: Speech = Speech {
    lang: "it",
    accents: &["it"],
    people: [
        &[
            "Pronto?",
            "Sì, pronto.",
            "Buongiorno.",
            "Chi parla?",
            "Rossi.",
            "Sì, dica.",
            "Pronto, pronto?",
            "Maria Bianchi, buongiorno.",
        ],
        &[
            "Sì?",
            "Pronto, chi è?",
            "Buonasera.",
            "Dica pure.",
            "Ferrari.",
            "Eccomi.",
            "Ciao, dimmi.",
            "Paolo Conti, sì?",
        ],
    ],
    machines: [
        &[
            "Il cliente da lei chiamato non è al momento raggiungibile. La preghiamo di richiamare più tardi.",
            "Ciao, sono Luca, adesso non posso rispondere, lasciami un messaggio.",
            "Risponde la segreteria telefonica. Lasciate un messaggio dopo il segnale acustico.",
            "Siamo la famiglia Russo, in questo momento non siamo in casa. Lasciate il vostro nome e il numero di telefono, vi richiameremo appena possibile.",
            "Segreteria telefonica del numero tre quattro zero, cinque sei sette, otto nove zero. Dopo il segnale registri il suo messaggio. Al termine può riagganciare.",
            "Non ci sono, parlate dopo il bip.",
        ],
        &[
            "L'utente chiamato ha il telefono spento. Può lasciare un messaggio dopo il tono.",
            "Qui Giulia, sto lavorando, mandami un messaggio oppure parla dopo il segnale.",
            "Benvenuti nella casella vocale. La persona cercata è impegnata in un'altra conversazione. Attendete il segnale e registrate.",
            "Avete chiamato lo studio di casa Moretti. Oggi siamo assenti tutto il giorno. Potete dettare una comunicazione di due minuti al massimo, grazie.",
            "Informazione gratuita. Il numero selezionato, tre tre uno, due due quattro, sei sei otto, non può rispondere. Se desidera essere richiamato, prema uno.",
            "Torno lunedì, lasciate detto qui.",
        ],
    ],
};

const PORTUGUESE: Speech = Speech {
    lang: "pt",
    accents: &["pt-br", "pt"],
    people: [
        &[
            "Alô?",
            "Está lá?",
            "Sim, pode falar.",
            "Bom dia.",
            "Quem fala?",
            "Oi.",
            "Ana Pereira.",
            "Alô, bom dia.",
        ],
        &[
            "Estou?",
            "Sim?",
            "Alô, quem é?",
            "Boa tarde.",
            "Diga.",
            "João Silva, pois não?",
            "Oi, tudo bem?",
            "Costa.",
        ],
    ],
    machines: [
        &[
            "A pessoa para quem ligou não está disponível. Deixe a sua mensagem após o sinal.",
            "Oi, aqui é o Pedro, não posso atender agora, deixe um recado.",
            "Sua chamada está sendo encaminhada para a caixa postal e estará sujeita a cobrança após o sinal.",
            "Ligou para a família Santos. Neste momento não estamos em casa. Diga o seu nome e o seu número, e nós ligamos de volta.",
            "Caixa de mensagens do número nove um dois, três quatro cinco, seis sete oito. Grave depois do sinal. Para terminar, pode desligar.",
            "Não posso falar, deixe mensagem.",
        ],
        &[
            "O número que você chamou encontra-se desligado ou fora da área de cobertura.",
            "Olá, fala a Marta, estou em reunião, ligo mais tarde sem falta.",
            "Bem-vindo ao serviço de voz. O cliente não atende neste instante. Registre o seu recado quando ouvir o toque.",
            "Este é o atendedor automático de Rui e Teresa Oliveira. Saímos por alguns dias. Conte-nos quem é e por que ligou, respondemos na volta.",
            "O telefone oitenta e quatro, setenta e dois, dezanove, trinta e um está ocupado. Para deixar um aviso de voz, espere o toque. Para desistir, desligue.",
            "Agora não dá, tente à noite.",
        ],
    ],
};
