//! The signatures of JWTs, verified by ring.
//!
//! The library that reads JWTs wants a backend; ring is in the house already,
//! for TLS. Only public keys are taken, so a token cannot be signed with what
//! everybody knows.

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::signature::{Error, Verifier};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind, EncodingKey};
use ring::signature::{self, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm};

/// The signatures that are taken.
pub(super) const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

static PROVIDER: CryptoProvider =
    CryptoProvider { signer_factory: signer, verifier_factory: verifier, key_utils: KeyUtils::new_unimplemented() };

/// Makes the library use ring; once is enough.
pub(super) fn install() {
    // A second time changes nothing.
    let _ = PROVIDER.install_default();
}

/// We issue no JWTs.
fn signer(_: &Algorithm, _: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    Err(ErrorKind::UnsupportedAlgorithm.into())
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    let public = match (way(*algorithm), key.kind(), key.family()) {
        (Some(Way::Rsa(way)), DecodingKeyKind::RsaModulusExponent { n, e }, AlgorithmFamily::Rsa) => {
            Public::Rsa(way, n.clone(), e.clone())
        }
        (Some(Way::Curve(way, family)), DecodingKeyKind::SecretOrDer(bytes), of) if of == family => {
            Public::Curve(way, bytes.clone())
        }
        _ => return Err(ErrorKind::InvalidAlgorithm.into()),
    };
    Ok(Box::new(Ring { algorithm: *algorithm, public }))
}

enum Way {
    Rsa(&'static RsaParameters),
    Curve(&'static dyn VerificationAlgorithm, AlgorithmFamily),
}

fn way(algorithm: Algorithm) -> Option<Way> {
    Some(match algorithm {
        Algorithm::RS256 => Way::Rsa(&signature::RSA_PKCS1_2048_8192_SHA256),
        Algorithm::RS384 => Way::Rsa(&signature::RSA_PKCS1_2048_8192_SHA384),
        Algorithm::RS512 => Way::Rsa(&signature::RSA_PKCS1_2048_8192_SHA512),
        Algorithm::PS256 => Way::Rsa(&signature::RSA_PSS_2048_8192_SHA256),
        Algorithm::PS384 => Way::Rsa(&signature::RSA_PSS_2048_8192_SHA384),
        Algorithm::PS512 => Way::Rsa(&signature::RSA_PSS_2048_8192_SHA512),
        Algorithm::ES256 => Way::Curve(&signature::ECDSA_P256_SHA256_FIXED, AlgorithmFamily::Ec),
        Algorithm::ES384 => Way::Curve(&signature::ECDSA_P384_SHA384_FIXED, AlgorithmFamily::Ec),
        Algorithm::EdDSA => Way::Curve(&signature::ED25519, AlgorithmFamily::Ed),
        _ => return None,
    })
}

struct Ring {
    algorithm: Algorithm,
    public: Public,
}

enum Public {
    Rsa(&'static RsaParameters, Vec<u8>, Vec<u8>),
    Curve(&'static dyn VerificationAlgorithm, Vec<u8>),
}

impl Verifier<Vec<u8>> for Ring {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        match &self.public {
            Public::Rsa(way, n, e) => RsaPublicKeyComponents { n, e }.verify(way, message, signature),
            Public::Curve(way, bytes) => UnparsedPublicKey::new(*way, bytes).verify(message, signature),
        }
        .map_err(|_| Error::new())
    }
}

impl JwtVerifier for Ring {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}
