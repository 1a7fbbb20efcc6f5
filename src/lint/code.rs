//! The kinds of problems, each with a name that does not change.

/// A kind of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// What the rules file itself says wrong, or what is not judged yet.
    RulesFile,
    /// A line of CODEOWNERS that GitHub skips, or that cannot mean what was meant.
    CodeownersLine,
    /// A CODEOWNERS that another one hides.
    CodeownersHidden,
    /// A pattern that matches no file.
    PatternMatchesNothing,
    /// A pattern that matches folders in several places.
    PatternInManyPlaces,
    /// `folder/*`, which leaves out what lies deeper.
    DirectChildrenOnly,
    /// A glob or name that no service, team, domain or tier has.
    NameMatchesNothing,
    /// An entry all of whose files later entries take.
    NeverWins,
    /// An entry some of whose files a later and broader entry takes.
    OrderMatters,
    /// A service that has no files.
    ServiceWithoutFiles,
    /// Files that nobody owns.
    FileWithoutOwner,
    /// A team in no domain, where there are domains.
    TeamWithoutDomain,
    /// A rule whose condition never holds.
    RuleNeverMatches,
    /// A rule that whoever opens the pull request can avoid.
    AuthorSwitchesOff,
    /// A rule that nobody can sign.
    NobodyToSign,
    /// A team or user that does not exist, may not be seen or has no members.
    NotOnGithub,
    /// A decision record that is not there or cannot be read.
    RecordMissing,
    /// A name that several decision records have.
    RecordAmbiguous,
    /// A decision record that is no longer in force.
    RecordNotInForce,
    /// A decision record named by a path that leads elsewhere.
    RecordPath,
    /// A rule that is due to be looked at.
    RuleOverdue,
    /// An exception that has ended or ends soon.
    ExceptionEnds,
    /// More than can be compared.
    TooMuch,
}

impl Code {
    /// All of them.
    pub const ALL: [Self; 23] = [
        Self::RulesFile,
        Self::CodeownersLine,
        Self::CodeownersHidden,
        Self::PatternMatchesNothing,
        Self::PatternInManyPlaces,
        Self::DirectChildrenOnly,
        Self::NameMatchesNothing,
        Self::NeverWins,
        Self::OrderMatters,
        Self::ServiceWithoutFiles,
        Self::FileWithoutOwner,
        Self::TeamWithoutDomain,
        Self::RuleNeverMatches,
        Self::AuthorSwitchesOff,
        Self::NobodyToSign,
        Self::NotOnGithub,
        Self::RecordMissing,
        Self::RecordAmbiguous,
        Self::RecordNotInForce,
        Self::RecordPath,
        Self::RuleOverdue,
        Self::ExceptionEnds,
        Self::TooMuch,
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        self.said().0
    }

    /// What it is, in a sentence.
    pub fn description(self) -> &'static str {
        self.said().1
    }

    fn said(self) -> (&'static str, &'static str) {
        match self {
            Self::RulesFile => {
                ("rules-file", "The rules file cannot be read as it stands, or says what is not judged yet.")
            }
            Self::CodeownersLine => {
                ("codeowners-line", "GitHub skips this line of CODEOWNERS, or reads it otherwise than it looks.")
            }
            Self::CodeownersHidden => {
                ("codeowners-hidden", "GitHub uses one CODEOWNERS alone, and another one is found before this one.")
            }
            Self::PatternMatchesNothing => {
                ("pattern-matches-nothing", "No file of the repository is under this pattern.")
            }
            Self::PatternInManyPlaces => (
                "pattern-in-many-places",
                "Without a leading slash the pattern matches folders of this name at any depth.",
            ),
            Self::DirectChildrenOnly => {
                ("direct-children-only", "A pattern that ends in `/*` leaves out what lies in the folders below.")
            }
            Self::NameMatchesNothing => {
                ("name-matches-nothing", "No service, team, domain or tier has a name that this one means.")
            }
            Self::NeverWins => ("never-wins", "Later entries take every file of this one: the last that matches wins."),
            Self::OrderMatters => {
                ("order-matters", "A later and broader entry takes files of this one: the last that matches wins.")
            }
            Self::ServiceWithoutFiles => ("service-without-files", "No file belongs to the service."),
            Self::FileWithoutOwner => {
                ("file-without-owner", "Neither a service nor CODEOWNERS says whose these files are.")
            }
            Self::TeamWithoutDomain => (
                "team-without-domain",
                "What a team in no domain shares with another one goes up to the council at once.",
            ),
            Self::RuleNeverMatches => ("rule-never-matches", "The condition of the rule never holds."),
            Self::AuthorSwitchesOff => {
                ("author-switches-off", "Whoever opens the pull request decides whether the rule holds of it.")
            }
            Self::NobodyToSign => ("nobody-to-sign", "The rule asks for a sign-off that nobody can give."),
            Self::NotOnGithub => {
                ("not-on-github", "The team or user does not exist, may not be seen, or has no members.")
            }
            Self::RecordMissing => {
                ("record-missing", "There is no decision record of this name, or it cannot be read.")
            }
            Self::RecordAmbiguous => ("record-ambiguous", "Several decision records have this name."),
            Self::RecordNotInForce => ("record-not-in-force", "The decision was superseded, deprecated or rejected."),
            Self::RecordPath => {
                ("record-path", "The path of the decision record is not one from the top of the repository.")
            }
            Self::RuleOverdue => ("rule-overdue", "The rule was to be looked at again by now."),
            Self::ExceptionEnds => ("exception-ends", "The exception has ended, or ends soon."),
            Self::TooMuch => ("too-much", "There is more than can be compared, so that not everything was looked at."),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_told_apart() {
        let names: BTreeSet<&str> = Code::ALL.into_iter().map(Code::as_str).collect();
        assert_eq!(names.len(), Code::ALL.len());
        assert!(names.iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '-')));
    }
}
