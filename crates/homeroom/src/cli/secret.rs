//! The secret by which a command asks a provider: from a file, from the
//! environment, or typed where nobody sees it; never a bare argument.

use crate::output::Failure;
use secrecy::SecretString;
use std::io::IsTerminal as _;
use std::path::Path;

/// Holds it where no file does.
const VARIABLE: &str = "HOMEROOM_CLIENT_SECRET";

/// The client secret. Who minds signals does so after this: one that ends the
/// typing has to end the process, so that the shell shows again what is typed.
pub(super) fn client_secret(file: Option<&Path>) -> Result<SecretString, Failure> {
    let (text, hint) = match (file, std::env::var(VARIABLE)) {
        (Some(path), _) => {
            let text = std::fs::read_to_string(path)
                .map_err(|e| Failure::unreadable(format!("the secret in {} cannot be read: {e}", path.display())))?;
            (text, "check the file of --secret-file")
        }
        (None, Ok(text)) => (text, "set HOMEROOM_CLIENT_SECRET to it, or give --secret-file FILE"),
        (None, Err(_)) => (typed()?, "type it, or give --secret-file FILE"),
    };
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(Failure::usage("the client secret is empty").hint(hint)),
        text => Ok(SecretString::from(text)),
    }
}

fn typed() -> Result<String, Failure> {
    let missing = |what: String| Failure::usage(what).hint("give --secret-file FILE, or set HOMEROOM_CLIENT_SECRET");
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(missing("the client secret is missing".to_owned()));
    }
    rpassword::prompt_password("Client secret (it is not shown): ")
        .map_err(|e| missing(format!("the client secret could not be asked for: {e}")))
}
