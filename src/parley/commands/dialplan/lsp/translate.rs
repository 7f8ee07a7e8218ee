//! Answers of `dialplan::assist` and faults of the gate in the words of the Language Server Protocol.

use dialplan::assist::{Document, Edit, Kind, Note, Place, Proposal, Symbol, SymbolKind};
use dialplan::{Diagnostic, Severity};
use std::collections::HashMap;
use std::ops::Range;
use tower_lsp_server::ls_types::{self as lsp, Uri};

/// Steps of the way to a fault that are told as related places; of a longer way the last ones.
const HOPS_MAX: usize = 8;

/// What this server does.
pub fn capabilities() -> lsp::InitializeResult {
    let sync = lsp::TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(lsp::TextDocumentSyncKind::FULL),
        save: Some(lsp::TextDocumentSyncSaveOptions::Supported(true)),
        ..Default::default()
    };
    let characters = [" ", "=", "\"", "."].map(str::to_owned).to_vec();
    let completion =
        lsp::CompletionOptions { trigger_characters: Some(characters), ..Default::default() };
    let rename = lsp::RenameOptions {
        prepare_provider: Some(true),
        work_done_progress_options: Default::default(),
    };
    let actions = lsp::CodeActionOptions {
        code_action_kinds: Some(vec![lsp::CodeActionKind::QUICKFIX]),
        ..Default::default()
    };
    let capabilities = lsp::ServerCapabilities {
        position_encoding: Some(lsp::PositionEncodingKind::UTF16),
        text_document_sync: Some(lsp::TextDocumentSyncCapability::Options(sync)),
        completion_provider: Some(completion),
        hover_provider: Some(lsp::HoverProviderCapability::Simple(true)),
        definition_provider: Some(lsp::OneOf::Left(true)),
        references_provider: Some(lsp::OneOf::Left(true)),
        document_symbol_provider: Some(lsp::OneOf::Left(true)),
        document_formatting_provider: Some(lsp::OneOf::Left(true)),
        rename_provider: Some(lsp::OneOf::Right(rename)),
        code_action_provider: Some(lsp::CodeActionProviderCapability::Options(actions)),
        ..Default::default()
    };
    let version = Some(env!("CARGO_PKG_VERSION").to_owned());
    let server_info = Some(lsp::ServerInfo { name: "parley dialplan".to_owned(), version });
    lsp::InitializeResult { capabilities, server_info, ..Default::default() }
}

/// A file's name for sentences.
pub fn file(uri: &Uri) -> String {
    uri.to_file_path().map_or_else(|| uri.as_str().to_owned(), |path| path.display().to_string())
}

pub fn place(position: lsp::Position) -> Place {
    Place { line: position.line, unit: position.character }
}

fn position(document: &Document, byte: usize) -> lsp::Position {
    let place = document.place(byte);
    lsp::Position::new(place.line, place.unit)
}

pub fn range(document: &Document, span: &Range<usize>) -> lsp::Range {
    lsp::Range::new(position(document, span.start), position(document, span.end))
}

/// Every fault with its place, its rule, its proposal, and the way that leads to it.
pub fn faults(document: &Document, uri: &Uri, faults: &[Diagnostic]) -> Vec<lsp::Diagnostic> {
    faults.iter().map(|fault| one_fault(document, uri, fault)).collect()
}

fn one_fault(document: &Document, uri: &Uri, fault: &Diagnostic) -> lsp::Diagnostic {
    let help = fault.help.as_ref().map_or_else(String::new, |help| format!("\nhelp: {help}"));
    let told: Vec<_> = fault.way.iter().filter(|hop| !hop.words.is_empty()).collect();
    let hops = &told[told.len().saturating_sub(HOPS_MAX)..];
    let hop = |hop: &&&dialplan::Hop| {
        let span = document.step(&hop.flow, &hop.step)?;
        let location = lsp::Location { uri: uri.clone(), range: range(document, &span) };
        Some(lsp::DiagnosticRelatedInformation { location, message: hop.words.clone() })
    };
    let way: Vec<_> = hops.iter().filter_map(|h| hop(&h)).collect();
    let elsewhere = fault.span.start > document.text().len();
    let (span, place) = match elsewhere {
        true => (document.way_out().unwrap_or(0..0), format!("{}:{}: ", fault.file, fault.line)),
        false => (fault.span.clone(), String::new()),
    };
    lsp::Diagnostic {
        range: range(document, &span),
        severity: Some(match fault.severity {
            Severity::Error => lsp::DiagnosticSeverity::ERROR,
            Severity::Warning => lsp::DiagnosticSeverity::WARNING,
        }),
        code: (!fault.rule.is_empty()).then(|| lsp::NumberOrString::String(fault.rule.to_owned())),
        source: Some("parley".to_owned()),
        message: format!("{place}{}{help}", fault.message),
        related_information: (!way.is_empty()).then_some(way),
        ..Default::default()
    }
}

/// Proposals in their order; a whole step where the editor takes placeholders.
pub fn proposals(
    document: &Document,
    found: Vec<Proposal>,
    snippets: bool,
) -> lsp::CompletionResponse {
    let item = |(index, found): (usize, Proposal)| {
        let skeleton = found.skeleton.filter(|_| snippets);
        let format = skeleton.as_ref().map(|_| lsp::InsertTextFormat::SNIPPET);
        let new_text = skeleton.unwrap_or(found.insert);
        let edit = lsp::TextEdit { range: range(document, &found.replaces), new_text };
        lsp::CompletionItem {
            label: found.label,
            kind: Some(kind(found.kind)),
            detail: Some(found.detail).filter(|detail| !detail.is_empty()),
            // Editors sort by the alphabet where they are not told otherwise.
            sort_text: Some(format!("{index:04}")),
            insert_text_format: format,
            text_edit: Some(lsp::CompletionTextEdit::Edit(edit)),
            ..Default::default()
        }
    };
    lsp::CompletionResponse::Array(found.into_iter().enumerate().map(item).collect())
}

fn kind(kind: Kind) -> lsp::CompletionItemKind {
    match kind {
        Kind::Verb => lsp::CompletionItemKind::FUNCTION,
        Kind::Line => lsp::CompletionItemKind::KEYWORD,
        Kind::Outcome => lsp::CompletionItemKind::EVENT,
        Kind::Step => lsp::CompletionItemKind::REFERENCE,
        Kind::Flow => lsp::CompletionItemKind::MODULE,
        Kind::Prompt => lsp::CompletionItemKind::TEXT,
        Kind::Variable => lsp::CompletionItemKind::VARIABLE,
        Kind::Setting => lsp::CompletionItemKind::PROPERTY,
        Kind::Value => lsp::CompletionItemKind::VALUE,
    }
}

pub fn note(document: &Document, note: Note) -> lsp::Hover {
    let range = Some(range(document, &note.span));
    let text = lsp::MarkupContent { kind: lsp::MarkupKind::Markdown, value: note.text };
    lsp::Hover { contents: lsp::HoverContents::Markup(text), range }
}

/// Changes of one file.
pub fn edits(
    document: &Document,
    uri: Uri,
    edits: impl Iterator<Item = (Range<usize>, String)>,
) -> lsp::WorkspaceEdit {
    let edit = |(span, new_text)| lsp::TextEdit { range: range(document, &span), new_text };
    let changes = HashMap::from([(uri, edits.map(edit).collect())]);
    lsp::WorkspaceEdit { changes: Some(changes), ..Default::default() }
}

/// A proposal that can be carried out.
pub fn action(
    document: &Document,
    uri: &Uri,
    fault: &Diagnostic,
    edit: Edit,
) -> lsp::CodeActionOrCommand {
    let change = edits(document, uri.clone(), std::iter::once((edit.span, edit.text)));
    lsp::CodeActionOrCommand::CodeAction(lsp::CodeAction {
        title: edit.title,
        kind: Some(lsp::CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![one_fault(document, uri, fault)]),
        edit: Some(change),
        is_preferred: Some(true),
        ..Default::default()
    })
}

pub fn symbols(document: &Document) -> lsp::DocumentSymbolResponse {
    let all = document.symbols().into_iter().map(|symbol| one_symbol(document, symbol));
    lsp::DocumentSymbolResponse::Nested(all.collect())
}

// The protocol's own type still has a field that it has given up.
#[allow(deprecated, reason = "every field of the protocol's type has to be named")]
fn one_symbol(document: &Document, symbol: Symbol) -> lsp::DocumentSymbol {
    let children = symbol.children.into_iter().map(|child| one_symbol(document, child));
    lsp::DocumentSymbol {
        // An empty name is refused by editors.
        name: if symbol.name.is_empty() { "?".to_owned() } else { symbol.name },
        detail: Some(symbol.detail).filter(|detail| !detail.is_empty()),
        kind: match symbol.kind {
            SymbolKind::Flow => lsp::SymbolKind::MODULE,
            SymbolKind::Step => lsp::SymbolKind::FUNCTION,
            SymbolKind::Test => lsp::SymbolKind::EVENT,
        },
        tags: None,
        deprecated: None,
        range: range(document, &symbol.whole),
        selection_range: range(document, &symbol.named),
        children: Some(children.collect()),
    }
}
