package dev.counterfoil.disclosure;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.DisclosureKeyStated;
import dev.counterfoil.format.keylog.KeyLogEntry;
import dev.counterfoil.format.keylog.KeyLogEvent;
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
  private final StatementSigner keyLog = key();
  private final DisclosureKey stated;

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
    this.stated = state(new DisclosureKeyStated(own.key(), log(), NOW.plus(Duration.ofDays(1))));
  }

  NoteKey log() {
    return new NoteKey(domain + ".example/disclosure", ((PublicJwk.Ed25519) ownLog.key()).x());
  }

  public TrustPolicy policy() {
    return new TrustPolicy(
        domain, "https://" + domain + ".example", root.pin(), List.of(keyLogKey()));
  }

  private NoteKey keyLogKey() {
    return new NoteKey(domain + ".example/logs/keys", ((PublicJwk.Ed25519) keyLog.key()).x());
  }

  /** States a disclosure process's keys, as the only entry of the key log. */
  public DisclosureKey state(DisclosureKeyStated key) throws GeneralSecurityException {
    return inKeyLog(entry(key, NOW, 0));
  }

  /** What the registrar signs, for any place. */
  byte[] entry(KeyLogEvent.Gives event, Instant at, long index) throws GeneralSecurityException {
    return KeyLogEntry.of(event, at, keyLogKey().name(), index, registrar);
  }

  /** Any entry as the only one of the key log. */
  DisclosureKey inKeyLog(byte[] entry) throws GeneralSecurityException {
    return in(keyLogKey().name(), entry, keyLog);
  }

  /** Any entry as the only one of a log. */
  DisclosureKey in(String origin, byte[] entry, StatementSigner log)
      throws GeneralSecurityException {
    NoteKey key = new NoteKey(origin, ((PublicJwk.Ed25519) log.key()).x());
    return new DisclosureKey(
        new String(entry, StandardCharsets.US_ASCII),
        proof(new TreeHasher().leaf(entry), key, log),
        delegation);
  }

  private static String proof(Hash leaf, NoteKey key, StatementSigner signer)
      throws GeneralSecurityException {
    NoteSigner notes =
        new NoteSigner() {
          @Override
          public NoteKey key() {
            return key;
          }

          @Override
          public byte[] sign(byte[] text) throws GeneralSecurityException {
            return signer.sign(text);
          }
        };
    byte[] proof =
        new TlogProof(0, List.of(), new Checkpoint(key.name(), 1, leaf).sign(notes)).bytes();
    return new String(proof, StandardCharsets.UTF_8);
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
        new SignedDisclosure(SignedStatement.sign(type, content, own), stated, Optional.empty());
    String entry = JsonObject.builder().put("document", signed.digest().hex()).build().canonical();
    Hash leaf = new TreeHasher().leaf(entry.getBytes(StandardCharsets.UTF_8));
    return signed.with(new LogReceipt(entry, proof(leaf, log(), ownLog)));
  }

  static StatementSigner key() throws GeneralSecurityException {
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
