package dev.counterfoil.disclosure;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.StatementSigner;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SignedStatement;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.root.DelegationChain;
import dev.counterfoil.format.root.RootMetadata;
import dev.counterfoil.format.tree.TreeHasher;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A root and a registrar of the test's own. */
public final class TestIssuer {
  public static final Instant NOW = Instant.parse("2026-11-25T02:00:00Z");

  private final String domain;
  private final RootMetadata root;
  private final StatementSigner registrar;
  private final DelegationChain delegation;
  private final StatementSigner own = key();
  private final StatementSigner ownLog = key();
  private final String stated;

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
    this.stated =
        state(
            new DisclosureKey(domain, NOW, NOW.plus(Duration.ofDays(1)), own.key(), log())
                .toJson());
  }

  private NoteKey log() {
    return new NoteKey(domain + ".example/disclosure", ((PublicJwk.Ed25519) ownLog.key()).x());
  }

  public TrustPolicy policy() {
    return new TrustPolicy(domain, "https://" + domain + ".example", root.pin(), List.of());
  }

  public DelegationChain delegation() {
    return delegation;
  }

  /** The registrar's statement of a disclosure process's keys. */
  public String state(JsonObject key) throws GeneralSecurityException {
    return SignedStatement.sign(DisclosureKey.TYPE, key, registrar);
  }

  public SignedDisclosure sign(TheftNotice notice) throws GeneralSecurityException {
    return sign(TheftNotice.TYPE, notice.toJson());
  }

  public SignedDisclosure sign(PublicStatement statement) throws GeneralSecurityException {
    return sign(PublicStatement.TYPE, statement.toJson());
  }

  /** Signed by the test's own disclosure process, the only entry of its log. */
  public SignedDisclosure sign(String type, JsonObject content) throws GeneralSecurityException {
    SignedDisclosure signed =
        new SignedDisclosure(
            SignedStatement.sign(type, content, own), delegation, stated, Optional.empty());
    String entry = JsonObject.builder().put("document", signed.digest().hex()).build().canonical();
    Hash root = new TreeHasher().leaf(entry.getBytes(StandardCharsets.UTF_8));
    NoteSigner notes =
        new NoteSigner() {
          @Override
          public NoteKey key() {
            return log();
          }

          @Override
          public byte[] sign(byte[] text) throws GeneralSecurityException {
            return ownLog.sign(text);
          }
        };
    byte[] proof =
        new TlogProof(0, List.of(), new Checkpoint(log().name(), 1, root).sign(notes)).bytes();
    return signed.with(new LogReceipt(entry, new String(proof, StandardCharsets.UTF_8)));
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
