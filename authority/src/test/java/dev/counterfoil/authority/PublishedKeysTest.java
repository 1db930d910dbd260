package dev.counterfoil.authority;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.NoteSigner;
import dev.counterfoil.format.PublicJwk;
import dev.counterfoil.format.TokenId;
import java.net.URI;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
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
  private PublicLogs logs;
  private PublishedKeys keys;

  @BeforeEach
  void start() throws Exception {
    NoteSigner log = new FakeRegistrar.Ed25519().noteSigner("login.example/logs/" + FakeSigner.LOG);
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    PublicJwk tokenKey = PublicJwk.es256((ECPublicKey) generator.generateKeyPair().getPublic());
    registrar =
        new FakeRegistrar(
            folder.resolve("r.sock"), "enterprise", ISSUER, tokenKey, log.key(), () -> now);
    logs = new PublicLogs(folder.resolve("log"));
    LocalReadSide local =
        new LocalReadSide(
            URI.create(ISSUER), logs, new HeadWaiters(() -> 0, 1, Duration.ofSeconds(1)));
    keys =
        new PublishedKeys(
            (uri, max) -> {
              if (uri.getPath().endsWith("/checkpoint")) {
                heads.incrementAndGet();
              }
              return local.get(uri, max);
            },
            registrar.policy(),
            () -> now);
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
    assertThat(keys.current()).isEmpty();
    now = now.plus(PublishedKeys.FRESH);
    assertThat(keys.current()).isPresent();
    assertThat(keys.current()).isPresent();
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
