package dev.counterfoil.keycloak;

import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.keycloak.common.VerificationException;
import org.keycloak.crypto.KeyWrapper;
import org.keycloak.crypto.SignatureException;
import org.keycloak.crypto.SignatureProvider;
import org.keycloak.crypto.SignatureSignerContext;
import org.keycloak.crypto.SignatureVerifierContext;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;

/** One of Keycloak's signature providers, whose signers record before they sign. */
final class RecordedSignatures implements SignatureProvider {
  private final KeycloakSession session;
  private final SignatureProvider own;
  private final RecordProvider record;

  RecordedSignatures(KeycloakSession session, SignatureProvider own, RecordProvider record) {
    this.session = session;
    this.own = own;
    this.record = record;
  }

  @Override
  public SignatureSignerContext signer() throws SignatureException {
    return recorded(own.signer());
  }

  @Override
  public SignatureSignerContext signer(KeyWrapper key) throws SignatureException {
    return recorded(own.signer(key));
  }

  private SignatureSignerContext recorded(SignatureSignerContext signer) {
    RealmModel realm = session.getContext().getRealm();
    if (realm != null && !record.records(realm.getName())) {
      return signer;
    }
    record.admit();
    return new RecordedSigner(signer, record);
  }

  @Override
  public SignatureVerifierContext verifier(String kid) throws VerificationException {
    return own.verifier(kid);
  }

  @Override
  public SignatureVerifierContext verifier(KeyWrapper key) throws VerificationException {
    return own.verifier(key);
  }

  @Override
  public boolean isAsymmetricAlgorithm() {
    return own.isAsymmetricAlgorithm();
  }

  @Override
  public void close() {
    own.close();
  }

  /** Records, then signs. */
  private record RecordedSigner(SignatureSignerContext own, RecordProvider record)
      implements SignatureSignerContext {
    @Override
    public byte[] sign(byte[] data) throws SignatureException {
      record.record(data);
      return own.sign(data);
    }

    @Override
    public String getKid() {
      return own.getKid();
    }

    @Override
    public String getAlgorithm() {
      return own.getAlgorithm();
    }

    @Override
    public String getHashAlgorithm() {
      return own.getHashAlgorithm();
    }

    @Override
    public @Nullable List<X509Certificate> getCertificateChain() {
      return own.getCertificateChain();
    }
  }
}
