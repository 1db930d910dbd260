package dev.counterfoil.authority.keys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.authority.FakeRegistrar;
import dev.counterfoil.authority.FakeSigner;
import dev.counterfoil.authority.logs.LocalReadSide;
import dev.counterfoil.authority.logs.PublicLogs;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.NoteSigner;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When the key log is looked at, and for how long what was there counts. */
class PublishedKeysTest {
  private static final String ISSUER = "https://login.example";

  @TempDir Path folder;
  private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final AtomicInteger heads = new AtomicInteger();
  private FakeRegistrar registrar;
  private PublicJwk tokenKey;
  private PublicLogs logs;
  private PublishedKeys keys;
  private volatile CountDownLatch gate = new CountDownLatch(0);

  @BeforeEach
  void start() throws Exception {
    NoteSigner log = new FakeRegistrar.Ed25519().noteSigner("login.example/logs/" + FakeSigner.LOG);
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    tokenKey = PublicJwk.es256((ECPublicKey) generator.generateKeyPair().getPublic());
    registrar =
        new FakeRegistrar(
            folder.resolve("r.sock"), "enterprise", ISSUER, tokenKey, log.key(), () -> now);
    logs = new PublicLogs(folder.resolve("log"));
    LocalReadSide local =
        new LocalReadSide(
            URI.create(ISSUER), logs, new HeadWaiters(() -> 0, Duration.ofSeconds(1)));
    keys =
        new PublishedKeys(
            (uri, max) -> {
              if (!uri.getPath().endsWith("/checkpoint")) {
                return local.get(uri, max);
              }
              try {
                return local.get(uri, max);
              } finally {
                heads.incrementAndGet();
                awaitGate();
              }
            },
            registrar.policy(),
            () -> now);
  }

  /** Holds up whoever has looked, while it is closed. */
  private void awaitGate() {
    try {
      gate.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @AfterEach
  void stop() throws Exception {
    logs.close();
    registrar.close();
  }

  @Test
  void aLogThatIsNotThereIsLookedForOnceInAWhile() throws Exception {
    for (int i = 0; i < 20; i++) {
      assertThat(keys.current()).isEmpty();
    }
    assertThat(heads).hasValue(1);
    registrar.start();
    now = now.plus(PublishedKeys.CONNECTING).minusMillis(1);
    assertThat(keys.current()).isEmpty();
    assertThat(heads).hasValue(1);
    now = now.plusMillis(1);
    assertThat(keys.current()).isPresent();
    assertThat(keys.current()).isPresent();
    assertThat(heads).hasValue(2);
  }

  /** Or nobody would hear of a compromise before the same time of day came again. */
  @Test
  void aClockThatWasAheadIsSetBackAndTheNextRequestLooks() throws Exception {
    registrar.start();
    Instant right = now;
    now = right.plus(Duration.ofMinutes(2));
    assertThat(keys.current()).isPresent();
    now = right;
    TokenId token = TokenId.parse(FakeSigner.LOG + ".7." + "A".repeat(43));
    registrar.revoke(
        JsonObject.builder()
            .put("log", FakeSigner.LOG)
            .put("position", 7)
            .put("until", now.plusSeconds(60).getEpochSecond())
            .build());
    assertThat(keys.current().orElseThrow().isRevoked(token)).isTrue();
    assertThat(heads).hasValue(2);
  }

  @Test
  void aChangeIsLookedForAtOnce() throws Exception {
    registrar.start();
    TokenId token = TokenId.parse(FakeSigner.LOG + ".7." + "A".repeat(43));
    assertThat(keys.current().orElseThrow().isRevoked(token)).isFalse();
    registrar.revoke(
        JsonObject.builder()
            .put("log", FakeSigner.LOG)
            .put("position", 7)
            .put("until", now.plusSeconds(60).getEpochSecond())
            .build());
    assertThat(keys.current().orElseThrow().isRevoked(token)).as("not looked at again").isFalse();
    keys.forget();
    assertThat(keys.current().orElseThrow().isRevoked(token)).isTrue();
    assertThat(heads).hasValue(2);
  }

  @Test
  void aTokenIsRevokedWithItsKeyFromAPositionOn() throws Exception {
    registrar.start();
    String kid = tokenKey.thumbprint();
    registrar.take(new KeyLogEvent.KeyRevoked(kid, FakeSigner.LOG, 7));
    assertThat(isRevoked(kid, 7)).isTrue();
    assertThat(isRevoked(kid, 6)).isFalse();
    assertThat(isRevoked("another", 7)).isFalse();
  }

  @Test
  void aTokenIsRevokedWithAKeyThatIsWithdrawn() throws Exception {
    registrar.start();
    String kid = tokenKey.thumbprint();
    assertThat(isRevoked(kid, 6)).isFalse();
    registrar.take(new KeyLogEvent.KeyWithdrawn(kid, KeyLogEvent.WithdrawalReason.COMPROMISED));
    keys.forget();
    assertThat(isRevoked(kid, 6)).isTrue();
  }

  private boolean isRevoked(String kid, long position) throws Exception {
    TokenId token = TokenId.parse(FakeSigner.LOG + "." + position + "." + "A".repeat(43));
    return keys.current().orElseThrow().isRevoked(kid, token, Optional.empty(), now);
  }

  @Test
  void aKeyThatIsYoungerThanTheLastLookIsLookedForAtOnce() throws Exception {
    String token = header(tokenKey.thumbprint()) + ".e30.sig";
    assertThat(keys.current()).isEmpty();
    assertThat(keys.haveKeyOf(token)).isFalse();
    registrar.start();
    now = now.plus(PublishedKeys.YOUNG);
    assertThat(keys.haveKeyOf(token)).as("before the next look is due").isTrue();
    int looks = heads.get();
    assertThat(keys.haveKeyOf(token)).isTrue();
    assertThat(heads).as("known by now").hasValue(looks);
    String another = header("another") + ".e30.sig";
    assertThat(keys.haveKeyOf(another)).isFalse();
    assertThat(heads).as("looked at this moment").hasValue(looks);
    now = now.plus(PublishedKeys.YOUNG);
    assertThat(keys.haveKeyOf(another)).isFalse();
    assertThat(heads).hasValue(looks + 1);
  }

  private static String header(String kid) {
    return Base64Url.encode(
        JsonObject.builder()
            .put("kid", kid)
            .build()
            .toString()
            .getBytes(StandardCharsets.US_ASCII));
  }

  /**
   * What two requests get of which the second comes while the first looks: it has its answer, or
   * waits, before the first goes on.
   *
   * @param meanwhile happens after the first has looked and before the second comes
   */
  private List<Boolean> revokedForTwo(TokenId token, Runnable meanwhile) throws Exception {
    int before = heads.get();
    gate = new CountDownLatch(1);
    FutureTask<Boolean> first = request(token);
    Thread.ofPlatform().start(first);
    while (heads.get() == before) {
      Thread.onSpinWait();
    }
    meanwhile.run();
    FutureTask<Boolean> second = request(token);
    Thread thread = Thread.ofPlatform().start(second);
    while (thread.isAlive() && thread.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    gate.countDown();
    return List.of(first.get(), second.get());
  }

  private FutureTask<Boolean> request(TokenId token) {
    return new FutureTask<>(() -> keys.current().orElseThrow().isRevoked(token));
  }

  @Test
  void whileAnotherRequestLooksOnlyWhatIsFreshIsServed() throws Exception {
    registrar.start();
    TokenId token = TokenId.parse(FakeSigner.LOG + ".7." + "A".repeat(43));
    keys.current();
    registrar.revoke(
        JsonObject.builder()
            .put("log", FakeSigner.LOG)
            .put("position", 7)
            .put("until", now.plusSeconds(600).getEpochSecond())
            .build());
    now = now.plus(PublishedKeys.FRESH);
    assertThat(revokedForTwo(token, () -> {}))
        .as("the last look is young")
        .containsExactly(true, false);
  }

  @Test
  void whileAnotherRequestLooksNothingOldIsServed() throws Exception {
    registrar.start();
    TokenId token = TokenId.parse(FakeSigner.LOG + ".7." + "A".repeat(43));
    keys.current();
    registrar.revoke(
        JsonObject.builder()
            .put("log", FakeSigner.LOG)
            .put("position", 7)
            .put("until", now.plusSeconds(600).getEpochSecond())
            .build());
    now = now.plus(PublishedKeys.FRESH.multipliedBy(2));
    assertThat(revokedForTwo(token, () -> {}))
        .as("nobody asked in a while")
        .containsExactly(true, true);
  }

  @Test
  void whatIsChangedWhileAnotherRequestLooksIsLookedForAgain() throws Exception {
    registrar.start();
    TokenId token = TokenId.parse(FakeSigner.LOG + ".7." + "A".repeat(43));
    keys.current();
    now = now.plus(PublishedKeys.FRESH);
    JsonObject revoked =
        JsonObject.builder()
            .put("log", FakeSigner.LOG)
            .put("position", 7)
            .put("until", now.plusSeconds(600).getEpochSecond())
            .build();
    assertThat(
            revokedForTwo(
                token,
                () -> {
                  revoke(revoked);
                  keys.forget();
                }))
        .as("the first had looked before")
        .containsExactly(false, true);
  }

  private void revoke(JsonObject revoked) {
    try {
      registrar.revoke(revoked);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void keysCountForAnHourAfterTheLastHead() throws Exception {
    registrar.start();
    assertThat(keys.current()).isPresent();
    now = now.plus(Duration.ofHours(1)).minusSeconds(1);
    assertThat(keys.current()).isPresent();
    now = now.plusSeconds(1);
    assertThat(keys.current()).isEmpty();
    registrar.signHead();
    now = now.plus(PublishedKeys.FRESH);
    assertThat(keys.current()).isPresent();
  }
}
