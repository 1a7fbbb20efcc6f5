//! Who is who by GitHub's ids: a login is a label that may change hands, within the minutes for which a list of members is
//! believed and within the life of a pull request.

use std::collections::{BTreeMap, BTreeSet};

use crate::pull::SeenReview;
use crate::review::{Act, Facts, Membership, People};
use crate::rules::Handle;

use super::people::Said;

/// Ids by login in lower case.
pub(super) type Members = BTreeMap<String, u64>;

/// What was told of teams and people so far, with the ids behind the logins.
#[derive(Default)]
pub(super) struct Known {
    lists: BTreeMap<Handle, Members>,
    others: BTreeMap<Handle, Membership>,
}

impl Known {
    /// Adds what was told of a handle.
    pub fn tell(&mut self, handle: &Handle, who: Said<Members>) {
        let other = match who {
            Said::Yes(members) => {
                self.lists.insert(handle.clone(), members);
                return;
            }
            Said::No(why) | Said::Forbidden(why) => Membership::Unresolvable(why),
            Said::NotNow(why) => Membership::Unknown(why),
        };
        self.others.insert(handle.clone(), other);
    }

    /// Whether something could not be asked for now.
    pub fn is_outage(&self) -> bool {
        self.others.values().any(|other| matches!(other, Membership::Unknown(_)))
    }

    /// The people, and the acts, with one login for each of GitHub's ids.
    ///
    /// That login is the one that the lists have for the id, else the one that the review was given under. Where two ids have
    /// one login, both get it with the id behind it, which nobody else can have: whoever took over somebody's login is nobody
    /// that the lists know. A review whose giver's id is not known goes by its login. Whoever has the id or, under any name, the login
    /// of somebody that the change is from goes by that login: they are an author.
    pub fn identified(&self, acts: &[Act], reviews: &[SeenReview], facts: &Facts) -> (People, Vec<Act>) {
        let givers: BTreeMap<u64, u64> =
            reviews.iter().filter(|one| !one.bot).filter_map(|one| Some((one.review_id, one.user_id?))).collect();
        let authors: BTreeSet<String> = facts.hands().map(str::to_lowercase).collect();
        let author_ids: BTreeMap<u64, &str> = facts.hand_ids().collect();
        let mut names: BTreeMap<u64, Names> = BTreeMap::new();
        for act in acts {
            if let Some(user) = givers.get(&act.review_id) {
                names.entry(*user).or_default().given.insert(&act.login);
            }
        }
        for (login, id) in self.lists.values().flatten() {
            names.entry(*id).or_default().listed.insert(login);
        }
        let mut logins: BTreeMap<u64, String> = names
            .iter()
            .filter_map(|(id, names)| Some((*id, names.chosen(author_ids.get(id).copied(), &authors)?.to_owned())))
            .collect();
        let mut bearers: BTreeMap<String, usize> = BTreeMap::new();
        for login in logins.values() {
            *bearers.entry(login.to_lowercase()).or_default() += 1;
        }
        for (id, login) in &mut logins {
            let folded = login.to_lowercase();
            if bearers.get(&folded).is_some_and(|bearers| *bearers > 1) && !authors.contains(&folded) {
                *login = format!("{login}#{id}");
            }
        }
        let lists = self.lists.iter().map(|(handle, members)| {
            let of = |(login, id): (&String, &u64)| logins.get(id).unwrap_or(login).to_lowercase();
            (handle.clone(), Membership::Members(members.iter().map(of).collect()))
        });
        let known = lists.chain(self.others.iter().map(|(handle, other)| (handle.clone(), other.clone()))).collect();
        let acts = acts.iter().map(|act| {
            let login = givers.get(&act.review_id).and_then(|user| logins.get(user)).unwrap_or(&act.login);
            let mut act = Act { login: login.clone(), ..act.clone() };
            // Whoever took a review of their own back is its giver still.
            if let Some(by) = act.dismissed.as_mut().and_then(|dismissal| dismissal.by.as_mut())
                && let Some(given) = reviews.iter().find(|one| one.review_id == act.review_id)
                && by.eq_ignore_ascii_case(&given.login)
            {
                by.clone_from(login);
            }
            act
        });
        (People { known }, acts.collect())
    }
}

/// The logins that one id was seen with.
#[derive(Default)]
struct Names<'a> {
    /// In lists.
    listed: BTreeSet<&'a str>,
    /// On reviews.
    given: BTreeSet<&'a str>,
}

impl<'a> Names<'a> {
    /// The one to go by. `author`: the login under which this id had a hand in the change.
    fn chosen(&self, author: Option<&'a str>, authors: &BTreeSet<String>) -> Option<&'a str> {
        let all = || self.listed.iter().chain(&self.given).copied();
        // As the review shows it where that is the same but for letter case.
        let shown = |login: &str| self.given.iter().copied().find(|given| given.eq_ignore_ascii_case(login));
        let of_author = || all().find(|login| authors.contains(&login.to_lowercase()));
        let chosen = author.or_else(of_author).or_else(|| all().next())?;
        Some(shown(chosen).unwrap_or(chosen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::ActKind;

    fn team() -> Handle {
        Handle::new("@acme/architects")
    }

    /// A list of members, and reviews by login and id.
    fn identified(
        lists: &[(&str, &[(&str, u64)])],
        reviews: &[(&str, Option<u64>)],
        authors: &[&str],
    ) -> (BTreeSet<String>, Vec<String>) {
        identified_of(lists, reviews, &facts(authors))
    }

    fn facts(authors: &[&str]) -> Facts {
        let pushers = authors.iter().map(|login| (*login).to_owned()).collect();
        Facts { pushers, ..Facts::of_files(Vec::new()) }
    }

    fn identified_of(
        lists: &[(&str, &[(&str, u64)])],
        reviews: &[(&str, Option<u64>)],
        facts: &Facts,
    ) -> (BTreeSet<String>, Vec<String>) {
        let mut known = Known::default();
        for (handle, members) in lists {
            let members = members.iter().map(|(login, id)| ((*login).to_owned(), *id)).collect();
            known.tell(&Handle::new(handle), Said::Yes(members));
        }
        let mut acts = Vec::new();
        let mut seen = Vec::new();
        for (index, (login, user_id)) in reviews.iter().enumerate() {
            let review_id = index as u64 + 1;
            acts.push(Act::new(review_id, login, ActKind::Approved));
            seen.push(SeenReview {
                review_id,
                login: (*login).to_owned(),
                user_id: *user_id,
                bot: false,
                kind: Some(ActKind::Approved),
                commit: None,
                told: false,
                base: None,
                submitted_at: None,
                dismissed: None,
            });
        }
        let (people, acts) = known.identified(&acts, &seen, facts);
        let members = match people.known.get(&team()) {
            Some(Membership::Members(members)) => members.clone(),
            other => panic!("{other:?}"),
        };
        (members, acts.into_iter().map(|act| act.login).collect())
    }

    fn signs(lists: &[(&str, &[(&str, u64)])], reviews: &[(&str, Option<u64>)], authors: &[&str]) -> Vec<bool> {
        let (members, logins) = identified(lists, reviews, authors);
        let authors: BTreeSet<String> = authors.iter().map(|login| login.to_lowercase()).collect();
        let may = |login: &String| members.contains(&login.to_lowercase()) && !authors.contains(&login.to_lowercase());
        logins.iter().map(may).collect()
    }

    #[test]
    fn a_person_is_the_same_under_any_login() {
        let list: &[(&str, &[(&str, u64)])] = &[("@acme/architects", &[("ada", 1), ("grace", 2)])];
        assert_eq!(identified(list, &[("Ada", Some(1))], &[]).1, ["Ada"]);
        assert_eq!(
            signs(list, &[("Ada", Some(1)), ("lovelace", Some(1)), ("lena", Some(3))], &[]),
            [true, true, false]
        );
        // An older row has no id, and goes by its login.
        assert_eq!(signs(list, &[("ada", None), ("lena", None)], &[]), [true, false]);
    }

    #[test]
    fn whoever_takes_a_login_over_is_somebody_else() {
        let before: &[(&str, &[(&str, u64)])] = &[("@acme/architects", &[("ada", 1)])];
        assert_eq!(signs(before, &[("ada", Some(9))], &[]), [false]);
        assert_eq!(identified(before, &[("ada", Some(9))], &[]).1, ["ada#9"]);
        // The list is newer than the first review.
        let after: &[(&str, &[(&str, u64)])] = &[("@acme/architects", &[("lovelace", 1)])];
        assert_eq!(signs(after, &[("ada", Some(1)), ("ada", Some(9))], &[]), [true, false]);
        // One list is from before the change of names, another from after it.
        let both: &[(&str, &[(&str, u64)])] =
            &[("@acme/architects", &[("ada", 1)]), ("@acme/council", &[("ada", 9), ("lovelace", 1)])];
        assert_eq!(signs(both, &[("lovelace", Some(1)), ("ada", Some(9))], &[]), [true, false]);
    }

    #[test]
    fn an_author_is_one_under_any_login() {
        let list: &[(&str, &[(&str, u64)])] = &[("@acme/architects", &[("lovelace", 1)])];
        assert_eq!(signs(list, &[("ada", Some(1))], &["Ada"]), [false]);
        assert_eq!(signs(list, &[("ada", Some(1)), ("lovelace", Some(1))], &["lovelace"]), [false, false]);
        assert_eq!(signs(list, &[("ada", Some(1)), ("lovelace", Some(1))], &["maria"]), [true, true]);
        // What was pushed as ada is told with her id, and she is lovelace now, everywhere.
        let pushed = Facts { told_ids: [(1, "ada".to_owned())].into(), ..facts(&["ada"]) };
        assert_eq!(identified_of(list, &[("lovelace", Some(1))], &pushed).1, ["ada"]);
        let committed = Facts { committer_ids: [(1, "ada".to_owned())].into(), ..facts(&["ada"]) };
        assert_eq!(identified_of(list, &[("lovelace", Some(1)), ("grace", Some(2))], &committed).1, ["ada", "grace"]);
    }
}
