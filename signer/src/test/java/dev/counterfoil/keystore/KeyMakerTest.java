package dev.counterfoil.keystore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.keys.KeyHint;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.hardening.AwsLc;
import dev.counterfoil.hardening.ProcessExitCode;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.signer.privatekeys.SoftwarePrivateKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys made by a real process, and what such a process may not do. */
class KeyMakerTest {
  @TempDir Path folder;

  private KeyForKeys secret;

  @BeforeEach
  void passphrase() throws IOException {
    secret =
        new KeyForKeys.PassphraseFile(TrialRoot.openOrMakePassphrase(folder.resolve("passphrase")));
  }

  @Test
  void oneRunMakesKeysOfEveryAlgorithmAndLeavesNothingElse() throws Exception {
    List<KeyOrder> orders =
        Stream.of(PublicJwk.Algorithm.values())
            .map(algorithm -> new KeyOrder(algorithm, "key of " + algorithm))
            .toList();
    List<MadeKey> made = KeyMakerProcess.likeThisProcess().make(batch(orders));
    SealedKeys sealed = SealedKeys.with(secret, KeyMaker::make);
    FileDisk disk = FileDisk.privateFolder(folder.resolve("keys"));
    assertThat(made).hasSameSizeAs(orders);
    for (int i = 0; i < orders.size(); i++) {
      KeyOrder order = orders.get(i);
      MadeKey key = made.get(i);
      disk.replace("k.sealed", key.sealed());
      byte[] pkcs8 = sealed.open(disk, "k.sealed", order.purpose());
      assertThat(new String(key.hintFile(), StandardCharsets.US_ASCII))
          .isEqualTo(KeyHint.of(pkcs8, order.algorithm().jose()).text());
      PrivateKey loaded = AwsLc.load(order.algorithm().javaKey(), pkcs8);
      assertThat(pkcs8).as("zeroed").containsOnly(0);
      Signature signing = Signature.getInstance(order.algorithm().javaSignature(), AwsLc.PROVIDER);
      signing.initSign(loaded);
      signing.update(new byte[] {1});
      byte[] signature = signing.sign();
      Signature verifying = Signature.getInstance(order.algorithm().javaSignature());
      verifying.initVerify(key.publicKey().javaKey());
      verifying.update(new byte[] {1});
      assertThat(verifying.verify(signature)).as(order.algorithm().jose()).isTrue();
      assertThatThrownBy(() -> sealed.open(disk, "k.sealed", "another purpose"))
          .isInstanceOf(GeneralSecurityException.class);
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("passphrase", "keys");
    }
  }

  @Test
  void whatIsSaidToAMakerAndByHimHasNoSecret() throws Exception {
    List<KeyOrder> orders = List.of(new KeyOrder(PublicJwk.Algorithm.EDDSA, "purpose"));
    String passphrase = Files.readString(folder.resolve("passphrase")).strip();
    assertThat(new String(KeyMaker.order(batch(orders)), StandardCharsets.UTF_8))
        .contains(folder.resolve("passphrase").toString())
        .doesNotContain(passphrase);
    assertThat(String.join(" ", KeyMakerProcess.likeThisProcess().command()))
        .contains("DisableAttachMechanism", "-XX:ErrorFile=/dev/null")
        .doesNotContain(passphrase);

    MadeKey key = KeyMaker.make(batch(orders)).get(0);
    FileDisk disk = FileDisk.privateFolder(folder.resolve("keys"));
    disk.replace("k.sealed", key.sealed());
    byte[] pkcs8 = SealedKeys.with(secret, KeyMaker::make).open(disk, "k.sealed", "purpose");
    byte[] seed = java.util.Arrays.copyOfRange(pkcs8, pkcs8.length - 32, pkcs8.length);
    assertThat(key.toJson().toString())
        .doesNotContain(Base64.getEncoder().withoutPadding().encodeToString(seed).substring(0, 40));
    assertThat(key.toString()).isEqualTo("MadeKey[" + key.publicKey().thumbprint() + "]");
  }

  @Test
  void aMakerThatFailsGivesNoKeyAndSaysSo() throws Exception {
    Files.delete(folder.resolve("passphrase"));
    assertThatThrownBy(() -> KeyMakerProcess.likeThisProcess().make(batch(one())))
        .isInstanceOf(GeneralSecurityException.class)
        .hasMessageContaining("ended with code " + ProcessExitCode.KEY_UNUSABLE.code());
  }

  @Test
  void anAnswerThatIsNoneIsNoKey() throws Exception {
    for (List<String> command :
        List.of(
            List.of("/bin/sh", "-c", "cat >/dev/null; echo '{\"keys\":[]}'"),
            List.of("/bin/sh", "-c", "cat >/dev/null; echo hello"),
            List.of("/bin/sh", "-c", "cat >/dev/null"),
            List.of("/bin/sh", "-c", "cat >/dev/null; kill -9 $$"))) {
      assertThatThrownBy(() -> new KeyMakerProcess(command).make(batch(one())))
          .as(String.join(" ", command))
          .isInstanceOf(GeneralSecurityException.class);
    }
  }

  /** What a crash between a key and its use leaves: its label is used again, by another key. */
  @Test
  void aKeyThatNobodyUsedIsReplacedUnderItsLabel() throws Exception {
    for (List<String> left : leftByACrash()) {
      Path keys = folder.resolve("keys-" + left.size());
      SoftwarePrivateKeys custody =
          new SoftwarePrivateKeys(SealedKeys.with(secret, KeyMaker::make), "enterprise");
      PublicJwk first = custody.make(keys, "k1", PublicJwk.Algorithm.ES256).publicKey();
      for (String file : List.of("k1.sealed", "k1.hint", "k1.jwk")) {
        if (!left.contains(file)) {
          Files.delete(keys.resolve(file));
        }
      }
      PublicJwk second = custody.make(keys, "k1", PublicJwk.Algorithm.ML_DSA_44).publicKey();
      assertThat(second).isNotEqualTo(first);
      assertThat(custody.open(keys, "k1").publicKey()).isEqualTo(second);
    }
  }

  @Test
  void whatIsMadeAheadIsGivenOnceAndOnlyToWhoOrderedIt() throws Exception {
    List<Integer> runs = new ArrayList<>();
    SealedKeys sealed =
        SealedKeys.with(
            secret,
            batches -> {
              runs.add(batches.getFirst().orders().size());
              return KeyMaker.make(batches);
            });
    KeyOrder first = new KeyOrder(PublicJwk.Algorithm.ES256, "first");
    KeyOrder second = new KeyOrder(PublicJwk.Algorithm.EDDSA, "second");
    sealed.makeAhead(List.of(first, second));
    MadeKey key = sealed.make(List.of(second)).get(0);
    assertThat(key.publicKey().algorithm()).isEqualTo(PublicJwk.Algorithm.EDDSA);
    sealed.make(List.of(first));
    assertThat(runs).containsExactly(2);
    assertThat(sealed.make(List.of(second)).get(0)).isNotEqualTo(key);
    assertThat(runs).containsExactly(2, 1);
  }

  private static List<List<String>> leftByACrash() {
    List<List<String>> all = new ArrayList<>();
    List<String> order = List.of("k1.sealed", "k1.hint", "k1.jwk");
    for (int written = 0; written <= order.size(); written++) {
      all.add(order.subList(0, written));
    }
    return all;
  }

  private List<KeyBatch> batch(List<KeyOrder> orders) {
    return List.of(new KeyBatch(secret, orders));
  }

  private static List<KeyOrder> one() {
    return List.of(new KeyOrder(PublicJwk.Algorithm.ES256, "purpose"));
  }
}
