package dev.counterfoil.disclosure;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.StatementSigner;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedStatement;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.root.DelegationChain;
import dev.counterfoil.format.root.RootMetadata;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/** A root and a registrar of the test's own. */
public final class TestIssuer {
  public static final Instant NOW = Instant.parse("2026-11-25T02:00:00Z");

  private final String domain;
  private final RootMetadata root;
  private final StatementSigner registrar;
  private final DelegationChain delegation;

  public TestIssuer(String domain) throws GeneralSecurityException {
    this.domain = domain;
    StatementSigner holder = key();
    Instant yesterday = NOW.minus(Duration.ofDays(1));
    this.root =
        RootMetadata.first(
            List.of(new NoteKey("holder", ((PublicJwk.Ed25519) holder.key()).x())),
            1,
            yesterday,
            NOW.plus(Duration.ofDays(365)));
    this.registrar = key();
    Delegation.Bounds any =
        new Delegation.Bounds(
            AllowList.all(), AllowList.all(), AllowList.all(), Duration.ofMinutes(15));
    this.delegation =
        new DelegationChain(
            List.of(root.unsigned().signedBy(holder)),
            new Delegation(
                    1,
                    domain,
                    "https://" + domain + ".example",
                    registrar.key(),
                    any,
                    yesterday,
                    yesterday,
                    NOW.plus(Duration.ofDays(1)))
                .unsigned()
                .signedBy(holder));
  }

  public TrustPolicy policy() {
    return new TrustPolicy(domain, "https://" + domain + ".example", root.pin(), List.of());
  }

  public DelegationChain delegation() {
    return delegation;
  }

  public DisclosureSigner signer() {
    return (type, content) -> {
      try {
        return SignedStatement.sign(type, content, registrar);
      } catch (GeneralSecurityException e) {
        throw new DisclosureException("cannot sign", e);
      }
    };
  }

  private static StatementSigner key() throws GeneralSecurityException {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    byte[] encoded = pair.getPublic().getEncoded();
    PublicJwk jwk =
        PublicJwk.ed25519(
            Hash.of(Arrays.copyOfRange(encoded, encoded.length - Hash.BYTES, encoded.length)));
    return new StatementSigner() {
      @Override
      public PublicJwk key() {
        return jwk;
      }

      @Override
      public byte[] sign(byte[] input) throws GeneralSecurityException {
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(pair.getPrivate());
        signature.update(input);
        return signature.sign();
      }
    };
  }
}
