//! What can happen to a pull request, in plain words, and how it is done on the stand-in.

use std::fmt;

use chrono::TimeDelta;
use merestone::standin::Mail;
use merestone::standin::edits::Edits;
use merestone::standin::talk::Verdict;
use merestone::standin::world::{Done, PullRef, World};
use proptest::prelude::*;
use proptest::sample::select;

use super::oracle::{self, Log};

macro_rules! rules {
    ($name:ident, $what:literal, $rule:literal) => {
        #[doc = $what]
        pub const $name: &str = concat!(
            "version: 1\n",
            "organization: { architects: [\"@acme/architecture-council\"] }\n",
            "domains:\n",
            "  commerce: { teams: [payments, ledger], architects: [\"@acme/commerce-architects\"] }\n",
            "  platform: { teams: [identity], architects: [\"@acme/platform-architects\"] }\n",
            "services:\n",
            "  checkout: { team: payments, paths: [services/checkout/] }\n",
            "  ledger: { team: ledger, paths: [services/ledger/] }\n",
            "  login: { team: identity, paths: [services/login/] }\n",
            "rules:\n",
            $rule
        );
    };
}

rules!(PLAIN, "A crossing is signed at its scope.", "  - { id: crossing, when: { crosses: team } }\n");
rules!(
    STRICT,
    "Every crossing is the council's.",
    "  - { id: crossing, when: { crosses: team }, sign_off: organization }\n"
);
rules!(LOOSE, "A crossing holds nothing.", "  - { id: crossing, when: { crosses: team }, enforce: advise }\n");

const SERVICES: [&str; 3] = ["checkout", "ledger", "login"];
const PEOPLE: [&str; 8] = ["maria", "lena", "ada", "barbara", "katherine", "edsger", "stranger", "helper[bot]"];

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A push that writes a service's file; text 0 is what the base had at first.
    Push {
        who: &'static str,
        service: usize,
        text: u8,
    },
    /// A push beside the services.
    Beside {
        who: &'static str,
        text: u8,
    },
    /// A force-push back to one of the heads that it had.
    Back {
        who: &'static str,
        heads: usize,
    },
    /// "Update branch".
    Update,
    /// The base gets another text of a service's file, of a file beside it, or other rules.
    BaseFile {
        service: usize,
        text: u8,
    },
    BaseBeside {
        text: u8,
    },
    BaseRules(&'static str),
    Review {
        who: &'static str,
        verdict: Verdict,
    },
    Dismiss {
        of: &'static str,
        by: &'static str,
    },
    /// GitHub points all reviews at the present head.
    ReviewsMove,
    Retarget {
        aside: bool,
    },
    /// Another pull request with the very same head is opened.
    Second {
        aside: bool,
    },
    Close,
    Reopen,
    Draft(bool),
    Member {
        who: &'static str,
        on: bool,
    },
    Wait {
        minutes: i64,
    },
    Restart,
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Push { who, service, text } => write!(f, "{who} pushes text {text} to {}", SERVICES[*service]),
            Self::Beside { who, text } => write!(f, "{who} pushes text {text} beside the services"),
            Self::Back { who, heads } => write!(f, "{who} force-pushes the head of {heads} heads ago"),
            Self::Update => f.write_str("the base is merged in"),
            Self::BaseFile { service, text } => write!(f, "the base gets text {text} in {}", SERVICES[*service]),
            Self::BaseBeside { text } => write!(f, "the base gets text {text} beside the services"),
            Self::BaseRules(rules) if *rules == STRICT => f.write_str("the base asks the council"),
            Self::BaseRules(rules) if *rules == LOOSE => f.write_str("the base only advises"),
            Self::BaseRules(_) => f.write_str("the base asks the architects"),
            Self::Review { who, verdict } => write!(f, "{who} says {verdict:?}"),
            Self::Dismiss { of, by } => write!(f, "{by} dismisses the review of {of}"),
            Self::ReviewsMove => f.write_str("GitHub moves the reviews forward"),
            Self::Retarget { aside: true } => f.write_str("it is retargeted to a branch aside"),
            Self::Retarget { aside: false } => f.write_str("it is retargeted to main"),
            Self::Second { aside: true } => f.write_str("another one with this head is opened into a branch aside"),
            Self::Second { aside: false } => f.write_str("another one with this head is opened"),
            Self::Close => f.write_str("it is closed"),
            Self::Reopen => f.write_str("it is opened again"),
            Self::Draft(true) => f.write_str("it becomes a draft"),
            Self::Draft(false) => f.write_str("it becomes ready"),
            Self::Member { who, on: true } => write!(f, "{who} joins the architects"),
            Self::Member { who, on: false } => write!(f, "{who} leaves the architects"),
            Self::Wait { minutes } => write!(f, "{minutes} minutes pass"),
            Self::Restart => f.write_str("the server is started again"),
        }
    }
}

/// A step, how its events go out, and whether the next one comes before anybody has looked.
#[derive(Clone)]
pub struct Turn {
    pub step: Step,
    pub mail: Mail,
    pub hurried: bool,
    /// Whether it happens on the other pull request, where there is one and it can have it.
    pub other: bool,
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.step)?;
        if self.other {
            f.write_str(" (on the other one)")?;
        }
        if self.mail != Mail::Ordered {
            write!(f, " (events {:?})", self.mail)?;
        }
        if self.hurried { f.write_str(", and at once") } else { Ok(()) }
    }
}

pub fn turn() -> impl Strategy<Value = Turn> {
    let mail = prop_oneof![6 => Just(Mail::Ordered), 1 => Just(Mail::Doubled), 1 => Just(Mail::Reversed)];
    (step(), mail, prop::bool::weighted(0.15), prop::bool::weighted(0.25)).prop_map(|(step, mail, hurried, other)| {
        let may_be_hurried =
            matches!(step, Step::Push { .. } | Step::Beside { .. } | Step::Back { .. } | Step::Review { .. });
        let has_other = matches!(
            step,
            Step::Review { .. }
                | Step::Dismiss { .. }
                | Step::Retarget { .. }
                | Step::Close
                | Step::Reopen
                | Step::Draft(_)
        );
        Turn { step, mail, hurried: hurried && may_be_hurried, other: other && has_other }
    })
}

fn step() -> impl Strategy<Value = Step> {
    let pusher = || select(vec!["maria", "maria", "maria", "lena", "ada"]);
    let service = || prop_oneof![1 => Just(0_usize), 3 => Just(1), 1 => Just(2)];
    let verdict =
        prop_oneof![5 => Just(Verdict::Approve), 2 => Just(Verdict::RequestChanges), 1 => Just(Verdict::Comment)];
    let reviewer = prop_oneof![6 => select(vec!["ada", "barbara", "edsger"]), 2 => select(&PEOPLE[..])];
    prop_oneof![
        4 => (pusher(), service(), 0..3_u8).prop_map(|(who, service, text)| Step::Push { who, service, text }),
        2 => (pusher(), 0..3_u8).prop_map(|(who, text)| Step::Beside { who, text }),
        2 => (pusher(), 1..4_usize).prop_map(|(who, heads)| Step::Back { who, heads }),
        2 => Just(Step::Update),
        1 => (service(), 0..3_u8).prop_map(|(service, text)| Step::BaseFile { service, text }),
        1 => (0..3_u8).prop_map(|text| Step::BaseBeside { text }),
        2 => select(vec![PLAIN, STRICT, LOOSE]).prop_map(Step::BaseRules),
        9 => (reviewer, verdict).prop_map(|(who, verdict)| Step::Review { who, verdict }),
        2 => (select(&PEOPLE[2..6]), select(&PEOPLE[..7])).prop_map(|(of, by)| Step::Dismiss { of, by }),
        1 => Just(Step::ReviewsMove),
        1 => any::<bool>().prop_map(|aside| Step::Retarget { aside }),
        1 => any::<bool>().prop_map(|aside| Step::Second { aside }),
        1 => Just(Step::Close),
        2 => Just(Step::Reopen),
        2 => any::<bool>().prop_map(Step::Draft),
        2 => (select(vec!["ada", "katherine"]), any::<bool>()).prop_map(|(who, on)| Step::Member { who, on }),
        1 => (1..90_i64).prop_map(|minutes| Step::Wait { minutes }),
        1 => Just(Step::Restart),
    ]
}

fn service_file(service: usize, text: u8) -> Edits {
    let body = if text == 0 { "func main() {}".to_owned() } else { format!("func main() {{ println({text}) }}") };
    Edits::new().write(&format!("services/{}/main.go", SERVICES[service]), &format!("package main\n\n{body}\n"))
}

fn beside(text: u8) -> Edits {
    Edits::new().write("README.md", &format!("# shop {text}\n"))
}

/// What the steps leave behind besides GitHub's state.
#[derive(Debug, Default)]
pub struct Past {
    pub log: Log,
    /// Heads of the pull request, oldest first.
    pub heads: Vec<String>,
    /// The other pull request.
    pub second: Option<PullRef>,
    /// Whether something was pushed that nobody has looked at yet.
    pub unseen: bool,
}

impl Past {
    fn pushed(&mut self, world: &World, at: PullRef, who: &str, head: Done<String>) -> Done<()> {
        self.heads.push(head?);
        self.log.pushed.insert((at.number, world.account_id(who)?));
        self.unseen = true;
        Ok(())
    }

    /// Takes a step; one that cannot be taken on GitHub either is no step.
    pub fn take(&mut self, world: &mut World, at: PullRef, step: Step) -> Done<()> {
        let open = world.pull(at)?.open;
        match step {
            Step::Push { who, service, text } => {
                let head = world.push(at, who, &service_file(service, text));
                self.pushed(world, at, who, head)?;
            }
            Step::Beside { who, text } => {
                let head = world.push(at, who, &beside(text));
                self.pushed(world, at, who, head)?;
            }
            Step::Back { who, heads } => {
                let to = self.heads.iter().rev().nth(heads).cloned();
                if let Some(to) = to {
                    let head = world.reset_head(at, who, &to);
                    self.pushed(world, at, who, head)?;
                }
            }
            Step::Update => {
                let head = world.update_branch(at, "maria")?;
                self.heads.push(head);
                self.unseen = true;
            }
            Step::BaseFile { service, text } => {
                world.push_branch("acme/shop", "main", "edsger", &service_file(service, text))?;
            }
            Step::BaseBeside { text } => drop(world.push_branch("acme/shop", "main", "edsger", &beside(text))?),
            Step::BaseRules(rules) => {
                let edits = Edits::new().write(".github/merestone.yml", rules);
                world.push_branch("acme/shop", "main", "edsger", &edits)?;
            }
            Step::Review { who, verdict } if open => {
                let id = world.review(at, who, verdict, "")?;
                // On a branch aside its page shows another difference.
                if verdict == Verdict::Approve && world.pull(at)?.base_ref == "main" {
                    self.log.approved.insert(id, (oracle::evidence(world, at), !self.unseen));
                }
            }
            Step::Dismiss { of, by } if open => world.dismiss(at, of, by)?,
            Step::ReviewsMove => world.move_reviews_forward(at)?,
            Step::Retarget { aside } => world.retarget(at, if aside { "aside" } else { "main" })?,
            Step::Second { aside } if self.second.is_none() && open => {
                self.second = Some(world.open_with_head_of(at, if aside { "aside" } else { "main" }, "lena")?);
            }
            Step::Close if open => world.set_open(at, false)?,
            Step::Reopen if !open => world.set_open(at, true)?,
            Step::Draft(draft) => world.set_draft(at, draft)?,
            Step::Member { who, on } => world.set_membership("acme", "commerce-architects", who, on)?,
            Step::Wait { minutes } => world.advance(TimeDelta::minutes(minutes)),
            _ => {}
        }
        Ok(())
    }
}
