//! `gateway-sandbox ADDRESS FOLDER`: listens at the address, writes its root certificate and its ledger into the folder.

use gateway_sandbox::{Proof, Sandbox};
use std::fs;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, folder] = arguments.as_slice() else {
        eprintln!("gateway-sandbox ADDRESS FOLDER: an acquirer to play with, see its README row");
        return ExitCode::from(2);
    };
    let folder = Path::new(folder);
    let sandbox = match Sandbox::start(address, Proof::Good) {
        Ok(sandbox) => sandbox,
        Err(e) => {
            eprintln!("gateway-sandbox: cannot listen at {address}: {e}");
            return ExitCode::FAILURE;
        }
    };
    if let Err(e) = fs::write(folder.join("sandbox-root.pem"), sandbox.root_pem()) {
        eprintln!("gateway-sandbox: cannot write into {}: {e}", folder.display());
        return ExitCode::FAILURE;
    }
    let ledger = folder.join("sandbox-ledger.txt");
    sandbox.serve_for_ever(|lines| {
        if let Err(e) = fs::write(&ledger, lines) {
            eprintln!("gateway-sandbox: cannot write the ledger: {e}");
        }
    });
    ExitCode::SUCCESS
}
