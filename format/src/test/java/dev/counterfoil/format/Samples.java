package dev.counterfoil.format;

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
final class Samples {
  static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  static final String ISSUER = "https://login.example/enterprise";

  /** The root's holders; two of them sign. */
  final List<Signer> holders = List.of(new Signer("anna"), new Signer("ben"), new Signer("carla"));

  final Signer registrar = new Signer("registrar");
  final Signer logKey = new Signer("log");
  final PublicJwk tokenKey = es256("token key");

  /** An Ed25519 key in memory. */
  static final class Signer implements StatementSigner {
    private final KeyPair pair;

    Signer() {
      this(new SecureRandom());
    }

    /** The same key for each seed. */
    Signer(String seed) {
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

    NoteKey noteKey(String name) {
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

  static PublicJwk es256() {
    return es256(new SecureRandom());
  }

  /** The same key for each seed. */
  static PublicJwk es256(String seed) {
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

  TrustPolicy policy() {
    return new TrustPolicy("enterprise", ISSUER, root().pin(), List.of());
  }

  RootMetadata root() {
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
  JointStatement sign(JointStatement statement) throws GeneralSecurityException {
    return statement.signedBy(holders.get(0)).signedBy(holders.get(2));
  }

  Delegation.Bounds bounds() {
    return new Delegation.Bounds(
        AllowList.of("acme", "globex"),
        AllowList.of("https://mail.example"),
        AllowList.of("at+jwt"),
        Duration.ofHours(1));
  }

  Delegation delegation() {
    return delegation(
        1, bounds(), NOW.minus(Duration.ofDays(1)), NOW.minus(Duration.ofDays(1)), 30);
  }

  Delegation delegation(
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

  KeyStatement statement() {
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
  KeySet.StatedLog log() {
    return log("s1g1");
  }

  KeySet.StatedLog log(String name) {
    return new KeySet.StatedLog(
        name,
        logKey.noteKey("login.example/enterprise/logs/" + name),
        URI.create(ISSUER + "/logs/" + name));
  }

  KeyLogState nothing() {
    return KeyLogState.under(policy());
  }

  byte[] signed(KeyLogEvent.Gives event, long index) throws GeneralSecurityException {
    return signed(event, index, NOW);
  }

  byte[] signed(KeyLogEvent.Gives event, long index, Instant at) throws GeneralSecurityException {
    return KeyLogEntry.of(event, at, KeyLog.origin(ISSUER), index, registrar);
  }

  /** Root, delegation, log and key. */
  List<byte[]> keyLog() throws GeneralSecurityException {
    return List.of(
        KeyLogEntry.of(sign(root().unsigned())),
        KeyLogEntry.of(sign(delegation().unsigned())),
        signed(new KeyLogEvent.LogStated(log()), 2),
        signed(new KeyLogEvent.KeyStated(statement()), 3));
  }

  Acknowledgement acknowledgement() {
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
        true);
  }

  Sighting sighting() {
    return new Sighting(
        NOW,
        "never-issued",
        Sighting.Grade.DIGEST,
        Hash.sha256(),
        "kid",
        ISSUER,
        "acme",
        "alice",
        "client",
        "s1g1.5.x",
        1L,
        2L,
        "https://mail.example",
        "/inbox",
        "GET",
        "192.0.2.7",
        3,
        "a.b.c");
  }
}
