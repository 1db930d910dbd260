package dev.counterfoil.format.keylog;

import dev.counterfoil.format.SeededRandom;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.keys.StatementSigner;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.root.JointStatement;
import dev.counterfoil.format.root.RootMetadata;
import dev.counterfoil.format.word.Acknowledgement;
import dev.counterfoil.format.word.Sighting;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.NamedParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** One valid value of each format, the same in every run. */
public final class Samples {
  public static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  public static final String ISSUER = "https://login.example/enterprise";

  /** The root's holders; two of them sign. */
  public final List<Signer> holders =
      List.of(new Signer("anna"), new Signer("ben"), new Signer("carla"));

  public final Signer registrar = new Signer("registrar");
  final Signer logKey = new Signer("log");
  public final PublicJwk tokenKey = es256("token key");

  /** An Ed25519 key in memory. */
  public static final class Signer implements StatementSigner {
    private final KeyPair pair;

    public Signer() {
      this(new SecureRandom());
    }

    /** The same key for each seed. */
    public Signer(String seed) {
      this(new SeededRandom(seed));
    }

    private Signer(SecureRandom random) {
      try {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
        generator.initialize(NamedParameterSpec.ED25519, random);
        pair = generator.generateKeyPair();
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    public NoteKey noteKey(String name) {
      return NoteKey.of(name, pair.getPublic());
    }

    @Override
    public PublicJwk key() {
      return PublicJwk.ed25519(noteKey("k").publicKey());
    }

    @Override
    public byte[] sign(byte[] input) throws GeneralSecurityException {
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(pair.getPrivate());
      signature.update(input);
      return signature.sign();
    }
  }

  public static PublicJwk es256() {
    return es256(new SecureRandom());
  }

  /** The same key for each seed. */
  public static PublicJwk es256(String seed) {
    return es256(new SeededRandom(seed));
  }

  private static PublicJwk es256(SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"), random);
      return PublicJwk.es256((ECPublicKey) generator.generateKeyPair().getPublic());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  public TrustPolicy policy() {
    return new TrustPolicy("enterprise", ISSUER, root().pin(), List.of());
  }

  public RootMetadata root() {
    return RootMetadata.first(
        List.of(
            holders.get(0).noteKey("anna"),
            holders.get(1).noteKey("ben"),
            holders.get(2).noteKey("carla")),
        2,
        NOW.minus(Duration.ofDays(1)),
        NOW.plus(Duration.ofDays(730)));
  }

  /** Signed by as many holders as it takes. */
  public JointStatement sign(JointStatement statement) throws GeneralSecurityException {
    return statement.signedBy(holders.get(0)).signedBy(holders.get(2));
  }

  public Delegation.Bounds bounds() {
    return new Delegation.Bounds(
        AllowList.of("acme", "globex"),
        AllowList.of("https://mail.example"),
        AllowList.of("at+jwt"),
        Duration.ofHours(1));
  }

  public Delegation delegation() {
    return delegation(
        1, bounds(), NOW.minus(Duration.ofDays(1)), NOW.minus(Duration.ofDays(1)), 30);
  }

  public Delegation delegation(
      long version, Delegation.Bounds bounds, Instant issued, Instant from, int days) {
    return new Delegation(
        version,
        "enterprise",
        ISSUER,
        registrar.key(),
        bounds,
        issued,
        from,
        from.plus(Duration.ofDays(days)));
  }

  public KeyStatement statement() {
    return KeyStatement.builder(tokenKey)
        .domain("enterprise")
        .issuer(ISSUER)
        .tenants(AllowList.of("acme"))
        .tokenTypes(AllowList.of("at+jwt"))
        .audiences(AllowList.of("https://mail.example"))
        .lifeMax(Duration.ofMinutes(15))
        .active(NOW.minus(Duration.ofHours(1)), NOW.plus(Duration.ofHours(23)))
        .verifyUntil(NOW.plus(Duration.ofHours(24)))
        .successorLead(Duration.ofMinutes(10))
        .record(new RecordForm.Position("s1g1"))
        .custody("software", KeyStatement.Assurance.COPYABLE_BY_ROOT)
        .build();
  }

  /** The log that records the key's tokens. */
  public KeySet.StatedLog log() {
    return log("s1g1");
  }

  KeySet.StatedLog log(String name) {
    return new KeySet.StatedLog(
        name,
        logKey.noteKey("login.example/enterprise/logs/" + name),
        URI.create(ISSUER + "/logs/" + name));
  }

  public KeyLogState nothing() {
    return KeyLogState.under(policy());
  }

  public byte[] signed(KeyLogEvent.Gives event, long index) throws GeneralSecurityException {
    return signed(event, index, NOW);
  }

  public byte[] signed(KeyLogEvent.Gives event, long index, Instant at)
      throws GeneralSecurityException {
    return KeyLogEntry.of(event, at, KeyLog.origin(ISSUER), index, registrar);
  }

  /** Root, delegation, log and key. */
  public List<byte[]> keyLog() throws GeneralSecurityException {
    return List.of(
        KeyLogEntry.of(sign(root().unsigned())),
        KeyLogEntry.of(sign(delegation().unsigned())),
        signed(new KeyLogEvent.LogStated(log()), 2),
        signed(new KeyLogEvent.KeyStated(statement()), 3));
  }

  public Acknowledgement acknowledgement() {
    return new Acknowledgement(
        "mail-1",
        "enterprise",
        NOW,
        List.of("https://mail.example"),
        new Acknowledgement.View(12, Hash.sha256()),
        11,
        java.time.Duration.ofMillis(350),
        List.of(Hash.sha256().base64Url()),
        Acknowledgement.Mode.TILES,
        List.of(
            new Acknowledgement.NamedView(
                "s1g1", new Acknowledgement.View(4711, Hash.sha256(new byte[1])))),
        java.util.Optional.of(java.time.Duration.ofMillis(20)),
        java.util.Optional.of(java.time.Duration.ofMillis(1500)),
        true);
  }

  public Sighting sighting() {
    return new Sighting(
        NOW,
        "never-issued",
        Sighting.Grade.DIGEST,
        new Sighting.Token(
            Hash.sha256(), "kid", ISSUER, "acme", "alice", "client", "s1g1.5.x", 1L, 2L),
        new Sighting.Use("https://mail.example", "/inbox", "GET", "192.0.2.7"),
        3,
        "a.b.c",
        false);
  }
}
