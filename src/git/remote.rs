//! Which repository on a GitHub-like host a remote's address means.

/// A repository on a host that names repositories as GitHub does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// Host, with its port for `https` (`github.com`).
    pub host: String,
    /// Organisation or user.
    pub owner: String,
    /// Name of the repository, without `.git`.
    pub name: String,
}

impl Remote {
    /// Reads `https://host/owner/name`, `ssh://git@host/owner/name` and `git@host:owner/name`; `None` for anything else (a
    /// folder, a host with nested groups). Credentials in the address are dropped.
    pub fn parse(address: &str) -> Option<Self> {
        let (authority, path, web) = if let Some(rest) = address.strip_prefix("https://") {
            let (authority, path) = rest.split_once('/')?;
            (authority, path, true)
        } else if let Some(rest) = address.strip_prefix("ssh://") {
            let (authority, path) = rest.split_once('/')?;
            (authority, path, false)
        } else if !address.contains("://") {
            let (authority, path) = address.split_once(':')?;
            (authority, path, false)
        } else {
            return None;
        };
        let host = authority.rsplit('@').next().unwrap_or(authority);
        let host = if web { host } else { host.split(':').next().unwrap_or(host) };
        // GitHub's ssh over port 443 has a name of its own.
        let host = if host.eq_ignore_ascii_case("ssh.github.com") { "github.com" } else { host };
        let (owner, name) = path.trim_matches('/').split_once('/')?;
        let name = name.strip_suffix(".git").unwrap_or(name);
        let host_fits = host.contains('.') && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:".contains(&b));
        let fits = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
                && part.bytes().any(|b| b != b'.')
        };
        (host_fits && fits(owner) && fits(name)).then(|| Self {
            host: host.to_lowercase(),
            owner: owner.to_owned(),
            name: name.to_owned(),
        })
    }

    /// Address of the repository's page, without trailing slash.
    pub fn url(&self) -> String {
        format!("https://{}/{}/{}", self.host, self.owner, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::Remote;

    #[test]
    fn addresses_of_github_and_its_like_are_read() {
        for (address, url) in [
            ("https://github.com/acme/shop", Some("https://github.com/acme/shop")),
            ("https://github.com/acme/shop.git/", Some("https://github.com/acme/shop")),
            ("https://github.com/acme/shop/", Some("https://github.com/acme/shop")),
            ("https://x-access-token:ghs_secret@github.com/acme/shop.git", Some("https://github.com/acme/shop")),
            ("https://ghe.acme.dev:8443/acme/shop", Some("https://ghe.acme.dev:8443/acme/shop")),
            ("git@github.com:acme/shop.js.git", Some("https://github.com/acme/shop.js")),
            ("GitHub.com:acme/shop", Some("https://github.com/acme/shop")),
            ("ssh://git@ssh.github.com:443/acme/shop.git", Some("https://github.com/acme/shop")),
            ("https://gitlab.com/group/sub/project", None),
            ("/srv/git/acme/shop.git", None),
            ("../acme/shop", None),
            ("C:acme/shop", None),
            ("file:///srv/acme/shop", None),
            ("https://github.com/acme", None),
            ("https://github.com/../..", None),
            ("https://github.com/a b/c)](x", None),
            ("", None),
        ] {
            let got = Remote::parse(address).map(|remote| remote.url());

            assert_eq!(got.as_deref(), url, "{address}");
        }
    }
}
