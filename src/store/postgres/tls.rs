//! TLS to the server: its certificate is always checked.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::ServerAddress;

/// The error is in words, for people.
pub(super) fn connector(address: &ServerAddress) -> Result<MakeRustlsConnect, String> {
    let words = |error: &dyn std::error::Error| error.to_string();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| words(&error))?;
    let config = match &address.root_certificates {
        None => builder.with_platform_verifier().map_err(|error| words(&error))?.with_no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for certificate in CertificateDer::pem_file_iter(path).map_err(|error| words(&error))? {
                roots.add(certificate.map_err(|error| words(&error))?).map_err(|error| words(&error))?;
            }
            builder.with_root_certificates(roots).with_no_client_auth()
        }
    };
    Ok(MakeRustlsConnect::new(config))
}
