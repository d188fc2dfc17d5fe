//! Whom to trust: C2SP `tlog-policy` files (spec §7).

mod error;

use std::collections::HashMap;

pub use self::error::{PolicyError, PolicyProblem};
use crate::cosignature::Cosigner;
use crate::key::Vkey;

/// Logs, witnesses and groups at most, of each. The standard asks for 32; beyond this nobody could review the file.
pub const DEFINITIONS_MAX: usize = 1024;

/// The logs and witnesses that somebody trusts, and how many witnesses must agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<Log>,
    witnesses: Vec<Witness>,
    groups: Vec<Group>,
    quorum: Quorum,
}

/// A line `log`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// A checkpoints key; its name is the log's origin.
    pub vkey: Vkey,
    /// Where the log is, as written.
    pub url: Option<Vec<u8>>,
}

/// A line `witness`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Its name in this file. The format allows any bytes beyond ASCII.
    pub name: Vec<u8>,
    /// Its key.
    pub cosigner: Cosigner,
    /// Where it is, as written.
    pub url: Option<Vec<u8>>,
}

/// A line `group`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    name: Vec<u8>,
    threshold: usize,
    members: Vec<Member>,
}

/// Something that witnesses a checkpoint: an index into the witnesses or the groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Member {
    Witness(usize),
    Group(usize),
}

/// The line `quorum`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quorum {
    None,
    Of(Member),
}

impl Policy {
    /// Reads a policy file.
    pub fn parse(bytes: &[u8]) -> Result<Policy, PolicyError> {
        let mut reader = Reader::default();
        for (place, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            reader.line(line).map_err(|problem| PolicyError::Line { line: place + 1, problem })?;
        }
        match reader.quorum {
            Some(quorum) => Ok(Policy { quorum, ..reader.policy }),
            None => Err(PolicyError::NoQuorum),
        }
    }

    /// The policy that pins one log and asks for no witness.
    #[must_use]
    pub fn for_log(vkey: &Vkey) -> Policy {
        let log = Log { vkey: vkey.clone(), url: None };
        Policy { logs: vec![log], witnesses: Vec::new(), groups: Vec::new(), quorum: Quorum::None }
    }

    /// The file, in the order logs, witnesses, groups, quorum; [`Policy::parse`] reads the same policy from it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut lines: Vec<Vec<Vec<u8>>> = Vec::new();
        for Log { vkey, url } in &self.logs {
            lines.push([b"log".to_vec(), vkey.to_string().into()].into_iter().chain(url.clone()).collect());
        }
        for Witness { name, cosigner, url } in &self.witnesses {
            let words = [b"witness".to_vec(), name.clone(), cosigner.to_string().into()];
            lines.push(words.into_iter().chain(url.clone()).collect());
        }
        for Group { name, threshold, members } in &self.groups {
            let words = [b"group".to_vec(), name.clone(), threshold.to_string().into()];
            lines.push(words.into_iter().chain(members.iter().map(|member| self.name(*member).to_vec())).collect());
        }
        let quorum = match self.quorum {
            Quorum::None => b"none",
            Quorum::Of(member) => self.name(member),
        };
        lines.push(vec![b"quorum".to_vec(), quorum.to_vec()]);
        lines.iter().flat_map(|words| [words.join(&b' '), b"\n".to_vec()].concat()).collect()
    }

    /// The logs trusted.
    pub fn logs(&self) -> &[Log] {
        &self.logs
    }

    /// The keys by which a log of that origin is trusted, older and newer.
    pub fn keys_of<'a>(&'a self, origin: &'a str) -> impl Iterator<Item = &'a Vkey> {
        self.logs.iter().map(|log| &log.vkey).filter(move |vkey| vkey.name() == origin)
    }

    /// The witnesses known.
    pub fn witnesses(&self) -> &[Witness] {
        &self.witnesses
    }

    /// The keys of the witnesses known.
    pub fn cosigners(&self) -> impl Iterator<Item = &Cosigner> {
        self.witnesses.iter().map(|witness| &witness.cosigner)
    }

    /// Whether it asks for no witness: `quorum none`.
    pub fn is_quorum_none(&self) -> bool {
        self.quorum == Quorum::None
    }

    /// Whether those who cosigned are enough. `has_cosigned` says of a witness's key whether its cosignature holds.
    pub fn is_met(&self, has_cosigned: impl Fn(&Cosigner) -> bool) -> bool {
        let cosigned: Vec<bool> = self.cosigners().map(has_cosigned).collect();
        // A group names only what stands before it, so one pass in their order knows all members of each.
        let mut groups: Vec<bool> = Vec::with_capacity(self.groups.len());
        let holds = |groups: &[bool], member: &Member| match *member {
            Member::Witness(place) => cosigned[place],
            Member::Group(place) => groups[place],
        };
        for group in &self.groups {
            let held = group.members.iter().filter(|member| holds(&groups, member)).count();
            groups.push(group.threshold <= held);
        }
        match self.quorum {
            Quorum::None => true,
            Quorum::Of(member) => holds(&groups, &member),
        }
    }

    fn name(&self, member: Member) -> &[u8] {
        match member {
            Member::Witness(place) => &self.witnesses[place].name,
            Member::Group(place) => &self.groups[place].name,
        }
    }
}

/// A file read so far.
struct Reader {
    policy: Policy,
    names: HashMap<Vec<u8>, Member>,
    /// Which names a group has as a member; each may be one only once in the file.
    grouped: Vec<Member>,
    /// What the line `quorum` says, once it has come.
    quorum: Option<Quorum>,
}

impl Default for Reader {
    fn default() -> Reader {
        let policy = Policy { logs: Vec::new(), witnesses: Vec::new(), groups: Vec::new(), quorum: Quorum::None };
        Reader { policy, names: HashMap::new(), grouped: Vec::new(), quorum: None }
    }
}

impl Reader {
    fn line(&mut self, line: &[u8]) -> Result<(), PolicyProblem> {
        let line = line.strip_suffix(b"\n").ok_or(PolicyProblem::Unterminated)?;
        if line.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t') {
            return Err(PolicyProblem::ControlCharacter);
        }
        let words: Vec<&[u8]> =
            line.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty()).collect();
        match words[..] {
            [] => Ok(()),
            [first, ..] if first.starts_with(b"#") => Ok(()),
            [b"log", vkey] => self.log(vkey, None),
            [b"log", vkey, url] => self.log(vkey, Some(url)),
            [b"witness", name, vkey] => self.witness(name, vkey, None),
            [b"witness", name, vkey, url] => self.witness(name, vkey, Some(url)),
            [b"group", name, threshold, ref members @ ..] => self.group(name, threshold, members),
            [b"quorum", name] => self.quorum(name),
            [first, ..] if [b"log".as_slice(), b"witness", b"group", b"quorum"].contains(&first) => {
                Err(PolicyProblem::Words)
            }
            [first, ..] => Err(PolicyProblem::Keyword(lossy(first))),
        }
    }

    fn log(&mut self, vkey: &[u8], url: Option<&[u8]>) -> Result<(), PolicyProblem> {
        let vkey = Vkey::parse(utf8(vkey)?)?;
        if self.policy.logs.iter().any(|log| log.vkey.public_key() == vkey.public_key()) {
            return Err(PolicyProblem::SameKey);
        }
        self.policy.logs.push(Log { vkey, url: url.map(<[u8]>::to_vec) });
        check_count(self.policy.logs.len())
    }

    fn witness(&mut self, name: &[u8], vkey: &[u8], url: Option<&[u8]>) -> Result<(), PolicyProblem> {
        let cosigner = Cosigner::parse(utf8(vkey)?)?;
        if self.policy.cosigners().any(|other| other.public_key() == cosigner.public_key()) {
            return Err(PolicyProblem::SameKey);
        }
        self.define(name, Member::Witness(self.policy.witnesses.len()))?;
        self.policy.witnesses.push(Witness { name: name.to_vec(), cosigner, url: url.map(<[u8]>::to_vec) });
        check_count(self.policy.witnesses.len())
    }

    fn group(&mut self, name: &[u8], threshold: &[u8], members: &[&[u8]]) -> Result<(), PolicyProblem> {
        let threshold = match threshold {
            b"any" => Some(1),
            b"all" => Some(members.len()),
            _ => decimal(threshold),
        };
        let in_range = threshold.filter(|threshold| (1..=members.len()).contains(threshold));
        let threshold = in_range.ok_or(PolicyProblem::Threshold { members: members.len() })?;
        let members = members.iter().map(|member| self.member(member)).collect::<Result<_, _>>()?;
        self.define(name, Member::Group(self.policy.groups.len()))?;
        self.policy.groups.push(Group { name: name.to_vec(), threshold, members });
        check_count(self.policy.groups.len())
    }

    fn quorum(&mut self, name: &[u8]) -> Result<(), PolicyProblem> {
        if self.quorum.is_some() {
            return Err(PolicyProblem::QuorumTwice);
        }
        self.quorum = Some(if name == b"none" { Quorum::None } else { Quorum::Of(self.named(name)?) });
        Ok(())
    }

    fn define(&mut self, name: &[u8], member: Member) -> Result<(), PolicyProblem> {
        if name == b"none" || self.names.insert(name.to_vec(), member).is_some() {
            return Err(PolicyProblem::NameTwice(lossy(name)));
        }
        Ok(())
    }

    /// A member of a group, which is not one of another yet: each witness counts in one way only.
    fn member(&mut self, name: &[u8]) -> Result<Member, PolicyProblem> {
        let member = self.named(name)?;
        if self.grouped.contains(&member) {
            return Err(PolicyProblem::MemberTwice(lossy(name)));
        }
        self.grouped.push(member);
        Ok(member)
    }

    fn named(&self, name: &[u8]) -> Result<Member, PolicyProblem> {
        self.names.get(name).copied().ok_or_else(|| PolicyProblem::UnknownName(lossy(name)))
    }
}

fn check_count(count: usize) -> Result<(), PolicyProblem> {
    if DEFINITIONS_MAX < count { Err(PolicyProblem::TooMany) } else { Ok(()) }
}

fn utf8(bytes: &[u8]) -> Result<&str, PolicyProblem> {
    str::from_utf8(bytes).map_err(|_| PolicyProblem::NotUtf8)
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A decimal number without sign or leading zeros.
fn decimal(digits: &[u8]) -> Option<usize> {
    let is_form = !digits.starts_with(b"0") && digits.iter().all(u8::is_ascii_digit);
    if is_form { str::from_utf8(digits).ok()?.parse().ok() } else { None }
}
