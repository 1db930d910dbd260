package dev.counterfoil.authority;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.NoteSigner;
import dev.counterfoil.format.PublicJwk;
import dev.counterfoil.signerprotocol.SignerClient;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When the registrar is asked for its key set. */
class PublishedKeysTest {
  private static final String ISSUER = "https://login.example";

  @TempDir Path folder;
  private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private FakeRegistrar registrar;
  private SignerClient client;
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
    registrar.start();
    client = new SignerClient(folder.resolve("r.sock"));
    while (!client.isConnected()) {
      Thread.sleep(5);
    }
    keys = new PublishedKeys(client, registrar.policy(), () -> now);
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    registrar.close();
  }

  @Test
  void aRegistrarThatRefusesIsAskedOnceInAWhile() throws Exception {
    registrar.refuseKeySets(true);
    for (int i = 0; i < 20; i++) {
      assertThat(keys.current()).isEmpty();
    }
    assertThat(registrar.keySetsAsked()).isEqualTo(1);

    registrar.refuseKeySets(false);
    assertThat(keys.current()).isEmpty();
    now = now.plus(PublishedKeys.FRESH);
    assertThat(keys.current()).isPresent();
    assertThat(keys.current()).isPresent();
    assertThat(registrar.keySetsAsked()).isEqualTo(2);
  }

  @Test
  void aChangeWhileTheRegistrarAnswersIsNotForgotten() throws Exception {
    assertThat(keys.current()).isPresent();
    assertThat(keys.current()).isPresent();
    assertThat(registrar.keySetsAsked()).isEqualTo(1);

    now = now.plus(PublishedKeys.FRESH);
    registrar.beforeNextKeySetLeaves(keys::forget);
    assertThat(keys.current()).isPresent();
    assertThat(registrar.keySetsAsked()).isEqualTo(2);
    assertThat(keys.current()).isPresent();
    assertThat(registrar.keySetsAsked()).isEqualTo(3);
    assertThat(keys.current()).isPresent();
    assertThat(registrar.keySetsAsked()).isEqualTo(3);
  }
}
