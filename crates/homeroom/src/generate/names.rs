//! Names of people, in the letters they are written in.

use super::rng::Key;

/// People who share a language and the names that go with it.
#[derive(Debug)]
pub struct Culture {
    /// The code of the language spoken at home.
    pub language: &'static str,
    /// Out of a hundred families, how many.
    share: u32,
    women: &'static [&'static str],
    men: &'static [&'static str],
    families: &'static [&'static str],
}

impl Culture {
    /// The culture of a family.
    pub fn of(key: Key) -> &'static Culture {
        let mut draw = key.below(CULTURES.iter().map(|c| c.share).sum());
        CULTURES.iter().find(|c| draw.checked_sub(c.share).map(|rest| draw = rest).is_none()).unwrap_or(&CULTURES[0])
    }

    /// A given name.
    pub fn given(&self, key: Key, female: bool) -> &'static str {
        key.pick(if female { self.women } else { self.men })
    }

    /// A family name; now and then two with a hyphen, or with a suffix.
    pub fn family(&self, key: Key) -> String {
        let one = key.with(1).pick(self.families);
        match key.with(2).below(200) {
            0 if self.language == "en" => format!("{one}, Jr."),
            1 if self.language == "en" => format!("{one}, III"),
            2..10 => format!("{one}-{}", key.with(3).pick(self.families)),
            _ => one.to_owned(),
        }
    }
}

/// The letters of a name that may stand in a sign-in name, `stem` if there
/// are none.
pub fn folded(name: &str, stem: &str) -> String {
    let mut out = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' => out.push(c),
            'à' | 'á' | 'â' | 'ã' | 'å' | 'ą' | 'ạ' | 'ă' | 'ā' | 'ả' | 'ầ' => out.push('a'),
            'ä' | 'æ' => out.push_str("ae"),
            'ç' | 'ć' | 'č' => out.push('c'),
            'đ' | 'ð' => out.push('d'),
            'è' | 'é' | 'ê' | 'ë' | 'ę' | 'ễ' | 'ế' | 'ē' => out.push('e'),
            'ğ' => out.push('g'),
            'ì' | 'í' | 'î' | 'ï' | 'ı' | 'ị' | 'ī' => out.push('i'),
            'ł' => out.push('l'),
            'ñ' | 'ń' => out.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ồ' | 'ơ' | 'ọ' | 'ố' | 'ō' => out.push('o'),
            'ö' | 'ø' | 'œ' => out.push_str("oe"),
            'ś' | 'ş' | 'š' => out.push('s'),
            'ß' => out.push_str("ss"),
            'ù' | 'ú' | 'û' | 'ư' | 'ū' | 'ứ' => out.push('u'),
            'ü' => out.push_str("ue"),
            'ý' | 'ÿ' | 'ỳ' => out.push('y'),
            'ź' | 'ż' | 'ž' => out.push('z'),
            _ => {}
        }
    }
    if out.is_empty() { stem.to_owned() } else { out }
}

static CULTURES: [Culture; 14] = [
    Culture {
        language: "en",
        share: 46,
        women: &[
            "Olivia",
            "Emma",
            "Charlotte",
            "Amelia",
            "Sophia",
            "Mia",
            "Isabella",
            "Ava",
            "Evelyn",
            "Luna",
            "Harper",
            "Aaliyah",
            "Destiny",
            "Mary Jane",
            "Grace",
            "Naomi",
            "Zoë",
            "Chloë",
            "Renée",
            "Ja'Nae",
            "Abigail",
            "Hannah",
            "Leah",
            "Ruth",
        ],
        men: &[
            "Liam", "Noah", "Oliver", "James", "Elijah", "Mateo", "Theodore", "Henry", "Lucas", "William", "Benjamin",
            "Levi", "Jackson", "D'Andre", "De'Shawn", "Micah", "Isaiah", "Samuel", "Wyatt", "Caleb", "Jean-Luc",
            "Owen", "Ezra", "Marcus",
        ],
        families: &[
            "Smith",
            "Johnson",
            "Williams",
            "Brown",
            "Jones",
            "Davis",
            "Miller",
            "Wilson",
            "Moore",
            "Taylor",
            "Anderson",
            "Jackson",
            "White",
            "Harris",
            "Robinson",
            "Walker",
            "Young",
            "King",
            "O'Brien",
            "O'Connor",
            "McDonald",
            "MacLeod",
            "D'Angelo",
            "St. Clair",
            "Van Buren",
            "Washington",
            "Null",
            "True",
            "Brontë",
            "Fitzgerald",
            "Begaye",
            "Whitehorse",
        ],
    },
    Culture {
        language: "es",
        share: 24,
        women: &[
            "Sofía",
            "Valentina",
            "María José",
            "Ximena",
            "Lucía",
            "Camila",
            "Guadalupe",
            "Inés",
            "Belén",
            "Rocío",
            "Martina",
            "Mónica",
        ],
        men: &[
            "Santiago",
            "José",
            "Ángel",
            "Diego",
            "Sebastián",
            "Jesús",
            "Andrés",
            "Iñaki",
            "Joaquín",
            "Miguel Ángel",
            "Tomás",
            "Raúl",
        ],
        families: &[
            "García",
            "Rodríguez",
            "Martínez",
            "Hernández",
            "López",
            "González",
            "Pérez",
            "Sánchez",
            "Ramírez",
            "Peña",
            "Núñez",
            "Ibáñez",
            "de la Cruz",
            "Ortiz Gómez",
            "Muñoz",
            "Chávez",
            "Domínguez",
            "Vásquez",
        ],
    },
    Culture {
        language: "zh",
        share: 4,
        women: &["美玲", "Xiǎo Yàn", "静", "雅婷", "Mei-Ling", "思琪"],
        men: &["伟", "建国", "Jiàn", "子轩", "Wei", "浩然"],
        families: &["王", "李", "Zhang", "刘", "Chén", "Huáng", "欧阳", "Wu"],
    },
    Culture {
        language: "vi",
        share: 3,
        women: &["Thảo", "Ngọc Ánh", "Hương", "Mai", "Lan"],
        men: &["Đức", "Minh", "Quốc Bảo", "Hùng", "Tuấn"],
        families: &["Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Đặng", "Võ"],
    },
    Culture {
        language: "ar",
        share: 3,
        women: &["فاطمة", "Layla", "مريم", "Amira", "نور"],
        men: &["محمد", "Omar", "يوسف", "Khalid", "علي"],
        families: &["الحسن", "Al-Masri", "حداد", "Haddad", "خليل", "Bin Saïd"],
    },
    Culture {
        language: "ru",
        share: 2,
        women: &["Анастасия", "Мария", "Ekaterina", "Дарья"],
        men: &["Дмитрий", "Алексей", "Fyodor", "Иван"],
        families: &["Иванов", "Кузнецов", "Соловьёв", "Dostoevsky", "Попов"],
    },
    Culture {
        language: "pl",
        share: 3,
        women: &["Małgorzata", "Zofia", "Agnieszka", "Łucja"],
        men: &["Łukasz", "Paweł", "Wojciech", "Stanisław"],
        families: &["Wójcik", "Kowalczyk", "Żak", "Błaszczyk", "Dąbrowski", "Śliwa"],
    },
    Culture {
        language: "fr",
        share: 3,
        women: &["Élodie", "Anaïs", "Françoise", "Marie-Ève", "Océane"],
        men: &["François", "Jérôme", "Noël", "Loïc", "Étienne"],
        families: &["Lefèvre", "Dubois", "L'Écuyer", "N'Diaye", "Bélanger", "Françoeur", "D'Aoust"],
    },
    Culture {
        language: "de",
        share: 2,
        women: &["Käthe", "Jördis", "Annegret", "Sörine"],
        men: &["Jürgen", "Björn", "Götz", "Karl-Heinz"],
        families: &["Müller", "Groß", "Schröder", "Weiß", "von Bülow", "Kästner"],
    },
    Culture {
        language: "hi",
        share: 3,
        women: &["Priya", "अनन्या", "Aarohi", "काव्या"],
        men: &["Arjun", "रोहन", "Vivaan", "आदित्य"],
        families: &["Patel", "शर्मा", "Iyer", "गुप्ता", "Singh"],
    },
    Culture {
        language: "ko",
        share: 2,
        women: &["서연", "Ji-woo", "하은", "Min-seo"],
        men: &["민준", "Do-yun", "지호", "Seo-jun"],
        families: &["김", "Park", "이", "Choi", "정"],
    },
    Culture {
        language: "el",
        share: 1,
        women: &["Ελένη", "Sofia", "Κατερίνα"],
        men: &["Γιώργος", "Nikos", "Δημήτρης"],
        families: &["Παπαδόπουλος", "Οικονόμου", "Angelopoulos"],
    },
    Culture {
        language: "tr",
        share: 2,
        women: &["Ayşe", "Gülşen", "İpek", "Çiğdem"],
        men: &["Yağız", "Oğuz", "İbrahim", "Çağlar"],
        families: &["Yılmaz", "Şahin", "Öztürk", "Doğan", "Işık"],
    },
    Culture {
        language: "haw",
        share: 2,
        women: &["Leilani", "Kaʻiulani", "Hōkū"],
        men: &["Kekoa", "Kāne", "Ikaika"],
        families: &["Kahananui", "Kealoha", "ʻIolani", "Kāwika"],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_no_line_break_and_fold_to_letters() {
        for culture in &CULTURES {
            for name in culture.women.iter().chain(culture.men).chain(culture.families) {
                assert!(!name.is_empty() && name.trim() == *name && !name.chars().any(char::is_control), "{name}");
                assert!(folded(name, "x").bytes().all(|b| b.is_ascii_lowercase()), "{name}");
            }
        }
        assert_eq!(folded("Łukasz D'Ávila", "x"), "lukaszdavila");
        assert_eq!(folded("李", "li"), "li");
    }

    #[test]
    fn every_culture_is_met() {
        let met = |language| (0..2_000).any(|n| Culture::of(Key(1).with(n)).language == language);
        assert!(CULTURES.iter().all(|c| met(c.language)));
    }
}
