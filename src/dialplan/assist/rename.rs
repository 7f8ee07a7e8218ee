//! Another name for a step, everywhere at once: where it stands, what leads to it, tests that expect it.

use super::Document;
use super::names::{Mention, Named};
use std::ops::Range;

/// Why a step is not renamed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RenameError {
    /// Nothing that has a name of the admin's stands there.
    #[error("only steps can be renamed; put the cursor on the name of a step")]
    NoStep,
    /// Configuration and published versions name flows as well.
    #[error(
        "flows are named in the configuration and in published versions too; rename this one by hand in all of them"
    )]
    Flow,
    /// It cannot stand in a flow file without quotes.
    #[error(
        "'{0}' is no name for a step; begin with a letter and use letters, digits, '-' and '_'"
    )]
    NoName(String),
    /// Another step of the flow has it.
    #[error("this flow has a step '{0}' already; choose another name")]
    Taken(String),
}

impl Document {
    /// The name that can be changed here: its bytes, quotes included.
    ///
    /// # Errors
    /// That what stands here cannot be renamed.
    pub fn renamable(&self, at: usize) -> Result<Range<usize>, RenameError> {
        self.step_here(at).map(|mention| mention.span.clone())
    }

    /// Every place that has to be overwritten with the new name, in the order of the file.
    ///
    /// # Errors
    /// Why it cannot be so.
    pub fn rename(&self, at: usize, new: &str) -> Result<Vec<Range<usize>>, RenameError> {
        let here = self.step_here(at)?;
        let letters = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        let plain = new.starts_with(char::is_alphabetic) && new.chars().all(letters);
        // `true`, `null` and the like cannot stand without quotes in KDL 2; `end` is every flow's end.
        if !plain || ["end", "true", "false", "null", "inf", "nan"].contains(&new) {
            return Err(RenameError::NoName(new.to_owned()));
        }
        let Named::Step(flow, old) = &here.named else { return Err(RenameError::NoStep) };
        let taken = Named::Step(*flow, new.to_owned());
        if old != new && self.mentions.iter().any(|m| m.defines && m.named == taken) {
            return Err(RenameError::Taken(new.to_owned()));
        }
        let same = self.mentions.iter().filter(|mention| mention.named == here.named);
        Ok(same.map(|mention| mention.span.clone()).collect())
    }

    fn step_here(&self, at: usize) -> Result<&Mention, RenameError> {
        let mention = self.mention(at).ok_or(RenameError::NoStep)?;
        match mention.named {
            Named::Step(..) => Ok(mention),
            Named::Flow(_) => Err(RenameError::Flow),
        }
    }
}
