package dev.counterfoil.signer.privatekeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.keystore.TestMaking;
import dev.counterfoil.keystore.pkcs11.Cryptoki;
import dev.counterfoil.keystore.pkcs11.CryptokiException;
import dev.counterfoil.keystore.pkcs11.CryptokiTemplate;
import dev.counterfoil.keystore.pkcs11.Hsm;
import dev.counterfoil.keystore.pkcs11.HsmAlgorithm;
import dev.counterfoil.keystore.pkcs11.HsmAwayException;
import dev.counterfoil.keystore.pkcs11.HsmConnection;
import dev.counterfoil.keystore.pkcs11.TestHsm;
import dev.counterfoil.registrar.root.TrialRoot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** With SoftHSM2. */
class HsmPrivateKeysTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final byte[] INPUT = "header.payload".getBytes(StandardCharsets.US_ASCII);

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  @SuppressWarnings("NullAway.Init") // made before each test
  private TestHsm hsm;

  @SuppressWarnings("NullAway.Init") // made before each test
  private Path keys;

  @SuppressWarnings("NullAway.Init") // made before each test
  private SoftwarePrivateKeys software;

  @SuppressWarnings("NullAway.Init") // made before each test
  private HsmPrivateKeys custody;

  @BeforeEach
  void start() throws Throwable {
    hsm = TestHsm.in(folder.resolve("hsm"));
    hsm.setEnvironmentHere();
    keys = Files.createDirectories(folder.resolve("signer/g1/keys"));
    SecretFile passphrase = TrialRoot.openOrMakePassphrase(folder.resolve("passphrase"));
    software = new SoftwarePrivateKeys(TestMaking.sealed(passphrase), "enterprise");
    custody = open();
  }

  @AfterEach
  void stop() {
    custody.close();
  }

  private HsmPrivateKeys open() throws IOException, GeneralSecurityException {
    return HsmPrivateKeys.start(
        folder.resolve("signer"), hsm.entry(), EnumSet.allOf(HsmAlgorithm.class), software);
  }

  private void openAgain() throws IOException, GeneralSecurityException {
    custody.close();
    custody = open();
  }

  private static boolean verifies(PublicJwk publicKey, byte[] signature)
      throws GeneralSecurityException {
    Signature verifier = Signature.getInstance(publicKey.algorithm().javaSignature());
    verifier.initVerify(publicKey.javaKey());
    verifier.update(INPUT);
    return verifier.verify(signature);
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    Instant end = Instant.now().plus(PATIENCE);
    while (!condition.getAsBoolean()) {
      assertThat(Instant.now()).isBefore(end);
      Thread.sleep(5);
    }
  }

  @ParameterizedTest
  @EnumSource(HsmAlgorithm.class)
  void aKeyOfTheTokenSignsAsJwsWritesIt(HsmAlgorithm how) throws Exception {
    PrivateKeys.Key made = custody.make(keys, "k1", how.algorithm());
    try (PrivateKeys.Signing signing = made.newSigning()) {
      for (int i = 0; i < 20; i++) {
        byte[] signature = signing.sign(INPUT);
        assertThat(signature).hasSize(made.publicKey().signatureBytes());
        assertThat(verifies(made.publicKey(), signature)).isTrue();
      }
    }
    openAgain();
    PrivateKeys.Key opened = custody.open(keys, "k1");
    assertThat(opened.publicKey()).isEqualTo(made.publicKey());
    assertThat(verifies(made.publicKey(), opened.newSigning().sign(INPUT))).isTrue();
  }

  @ParameterizedTest
  @EnumSource(HsmAlgorithm.class)
  void aKeyDoesNotComeOut(HsmAlgorithm how) throws Exception {
    custody.make(keys, "k1", how.algorithm());
    custody.close();
    try (TokenSession session = TokenSession.open()) {
      long key = session.privateKeys().getFirst();
      for (long secret : List.of(0x11L, 0x123L, 0x124L, 0x125L)) {
        assertThatThrownBy(() -> session.attribute(key, secret))
            .isInstanceOf(CryptokiException.class)
            .hasMessageMatching(".*(CKR_ATTRIBUTE_SENSITIVE|CKR_ATTRIBUTE_TYPE_INVALID)");
      }
      // The control: what is not secret is given out, so that the question is the right one.
      assertThat(session.attribute(key, 0x102)).hasSize(16);
      HsmAlgorithm.check(session.library(), session.session(), key);
    }
  }

  /**
   * Made by somebody with the PIN, under the names of a key of ours, which it takes the place of.
   */
  private static PublicJwk.Es256 exchange(byte[] label, byte[] id, boolean secret)
      throws GeneralSecurityException {
    try (TokenSession session = TokenSession.open()) {
      Cryptoki library = session.library();
      library.destroy(session.session(), session.privateKeys().getFirst());
      CryptokiTemplate exactly = HsmAlgorithm.ES256.privateTemplate(label, id);
      Cryptoki.Pair pair =
          library.generateKeyPair(
              session.session(),
              HsmAlgorithm.ES256.generation(),
              HsmAlgorithm.ES256.publicTemplate(label, id),
              secret
                  ? exactly
                  : new CryptokiTemplate()
                      .with(0x1, true)
                      .with(0x2, true)
                      .with(0x103, false)
                      .with(0x162, true)
                      .with(0x108, true)
                      .with(0x3, label)
                      .with(0x102, id));
      if (!secret) {
        assertThat(session.attribute(pair.privateKey(), 0x11)).isNotEmpty();
      }
      return (PublicJwk.Es256)
          HsmAlgorithm.ES256.publicKey(library, session.session(), pair.publicKey());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aKeyThatCanBeTakenOutIsNotSignedWith(boolean secret) throws Exception {
    custody.make(keys, "k1", PublicJwk.Algorithm.ES256);
    custody.close();
    byte[] id = HexFormat.of().parseHex(HsmFolder.id(keys, "k1").orElseThrow());
    byte[] label = Files.readAllBytes(folder.resolve("signer/pkcs11-label"));
    PublicJwk exchanged = exchange(label, id, secret);
    Files.write(keys.resolve("k1.jwk"), exchanged.toJson().canonicalBytes());
    custody = open();
    PrivateKeys.Signing signing = custody.open(keys, "k1").newSigning();
    if (secret) {
      // The control: a key that is as it has to be is used, whoever had it made.
      assertThat(verifies(exchanged, signing.sign(INPUT))).isTrue();
    } else {
      assertThat(custody.obstacle().orElseThrow()).contains("CKA_SENSITIVE is not true");
      assertThatThrownBy(() -> signing.sign(INPUT)).isInstanceOf(HsmAwayException.class);
    }
  }

  @Test
  void aDestroyedKeyIsGoneFromTheToken() throws Exception {
    PrivateKeys.Key kept = custody.make(keys, "k1", PublicJwk.Algorithm.ES256);
    PrivateKeys.Key gone = custody.make(keys, "k2", PublicJwk.Algorithm.ES256);
    PrivateKeys.Signing signing = gone.newSigning();
    assertThat(verifies(gone.publicKey(), signing.sign(INPUT))).isTrue();
    custody.destroy(keys, "k2");
    custody.destroy(keys, "k2");
    assertThatThrownBy(() -> custody.open(keys, "k2")).isInstanceOf(GeneralSecurityException.class);
    assertThatThrownBy(() -> signing.sign(INPUT)).isInstanceOf(HsmAwayException.class);
    openAgain();
    assertThat(verifies(kept.publicKey(), custody.open(keys, "k1").newSigning().sign(INPUT)))
        .isTrue();
    custody.close();
    try (TokenSession session = TokenSession.open()) {
      assertThat(session.privateKeys()).hasSize(1);
    }
  }

  @Test
  void aKeyIsLeftNowhereByACrashBeforeItWasWritten() throws Exception {
    PrivateKeys.Key kept = custody.make(keys, "k1", PublicJwk.Algorithm.ES256);
    custody.make(keys, "k2", PublicJwk.Algorithm.ES256);
    custody.close();
    // As a process leaves it that dies between the HSM's answer and its own file.
    Files.delete(keys.resolve("k2.pkcs11"));
    custody = open();
    PrivateKeys.Signing signing = custody.open(keys, "k1").newSigning();
    assertThat(verifies(kept.publicKey(), signing.sign(INPUT))).isTrue();
    // Of an older copy of the folder it may be a key that signs: who knows it says when it may go.
    assertThat(hsm.privateKeys()).isEqualTo(2);
    custody.destroyOrphans();
    assertThat(hsm.privateKeys()).isEqualTo(1);
    assertThat(verifies(kept.publicKey(), signing.sign(INPUT))).isTrue();
  }

  @Test
  void aCrashWhileALabelIsUsedAgainLeavesNoPublicHalfBesideAnotherKey() throws Exception {
    PrivateKeys.Key kept = custody.make(keys, "k1", PublicJwk.Algorithm.ES256);
    custody.make(keys, "k2", PublicJwk.Algorithm.ES256);
    // The disk fails as the new public half is written.
    Path publicHalf = keys.resolve("k2.jwk");
    Files.move(publicHalf, keys.resolve("old"));
    Files.createDirectories(publicHalf.resolve("in-the-way"));
    assertThatThrownBy(() -> custody.make(keys, "k2", PublicJwk.Algorithm.ES256))
        .isInstanceOf(IOException.class);
    Files.delete(publicHalf.resolve("in-the-way"));
    Files.delete(publicHalf);
    Files.move(keys.resolve("old"), publicHalf);
    openAgain();
    assertThat(custody.obstacle()).isEmpty();
    assertThat(verifies(kept.publicKey(), custody.open(keys, "k1").newSigning().sign(INPUT)))
        .isTrue();
    assertThatThrownBy(() -> custody.open(keys, "k2")).isInstanceOf(GeneralSecurityException.class);
    custody.destroyOrphans();
    assertThat(hsm.privateKeys()).isEqualTo(1);
  }

  @Test
  void aDamagedLabelIsNoLeaveToTouchWhatItWouldFind() throws Exception {
    custody.make(keys, "k1", PublicJwk.Algorithm.ES256);
    custody.close();
    Path file = folder.resolve("signer/pkcs11-label");
    String label = Files.readString(file);
    for (String damaged : List.of("", "counterfoil ", label + "\n", "key of somebody else")) {
      Files.writeString(file, damaged);
      assertThatThrownBy(this::open)
          .isInstanceOf(GeneralSecurityException.class)
          .hasMessageContaining("pkcs11-label");
    }
    Files.writeString(file, label);
    custody = open();
    assertThat(custody.obstacle()).isEmpty();
    assertThat(hsm.privateKeys()).isEqualTo(1);
  }

  @Test
  void aLabelThatIsUsedAgainLeavesNoKeyBehind() throws Exception {
    custody.make(keys, "k1", PublicJwk.Algorithm.ES256);
    PrivateKeys.Key second = custody.make(keys, "k1", PublicJwk.Algorithm.ES256);
    assertThat(verifies(second.publicKey(), second.newSigning().sign(INPUT))).isTrue();
    custody.close();
    try (TokenSession session = TokenSession.open()) {
      assertThat(session.privateKeys()).hasSize(1);
    }
  }

  @Test
  void twoSignersShareATokenAndLeaveEachOtherAlone() throws Exception {
    PrivateKeys.Key first = custody.make(keys, "k1", PublicJwk.Algorithm.ES256);
    custody.close();
    Path other = Files.createDirectories(folder.resolve("spare/g1/keys"));
    try (HsmPrivateKeys spare =
        HsmPrivateKeys.start(
            folder.resolve("spare"), hsm.entry(), Set.of(HsmAlgorithm.ES256), software)) {
      spare.make(other, "k1", PublicJwk.Algorithm.ES256);
    }
    custody = open();
    assertThat(verifies(first.publicKey(), custody.open(keys, "k1").newSigning().sign(INPUT)))
        .isTrue();
    custody.close();
    try (TokenSession session = TokenSession.open()) {
      assertThat(session.privateKeys()).hasSize(2);
    }
  }

  @Test
  void aTokenThatGoesAwaySignsNothingAndSignsAgainWhenItIsBack() throws Exception {
    PrivateKeys.Key key = custody.make(keys, "k1", PublicJwk.Algorithm.ES256);
    PrivateKeys.Signing signing = key.newSigning();
    for (int round = 0; round < 2; round++) {
      assertThat(verifies(key.publicKey(), signing.sign(INPUT))).isTrue();
      hsm.goAway();
      await(() -> custody.obstacle().isPresent());
      assertThatThrownBy(() -> signing.sign(INPUT)).isInstanceOf(HsmAwayException.class);
      assertThatThrownBy(() -> custody.make(keys, "k2", PublicJwk.Algorithm.ES256))
          .isInstanceOf(HsmAwayException.class);
      assertThat(keys.resolve("k2.sealed")).doesNotExist();
      hsm.comeBack();
      await(() -> custody.obstacle().isEmpty());
    }
    assertThat(verifies(key.publicKey(), signing.sign(INPUT))).isTrue();
  }

  @Test
  void aLibraryThatIsEndedUnderItIsBegunAgain() throws Exception {
    PrivateKeys.Key key = custody.make(keys, "k1", PublicJwk.Algorithm.ES256);
    PrivateKeys.Signing signing = key.newSigning();
    assertThat(verifies(key.publicKey(), signing.sign(INPUT))).isTrue();
    Cryptoki.load(TestHsm.LIBRARY).end();
    assertThatThrownBy(() -> signing.sign(INPUT)).isInstanceOf(HsmAwayException.class);
    await(() -> custody.obstacle().isEmpty());
    assertThat(verifies(key.publicKey(), signing.sign(INPUT))).isTrue();
  }

  @Test
  void aLibraryIsNotEndedWhileSomebodyIsInACall() throws Exception {
    custody.close();
    try (Hsm found = Hsm.start(Cryptoki.load(TestHsm.LIBRARY), hsm.entry(), connection -> {})) {
      Hsm.Use use = found.newUse();
      HsmConnection now = found.connected();
      found.enter(use, now);
      found.lost(now, new GeneralSecurityException("a test"));
      assertThatThrownBy(() -> found.enter(found.newUse(), now))
          .isInstanceOf(HsmAwayException.class);
      // More than a round of those in which it is looked for.
      Thread.sleep(1500);
      assertThat(found.obstacle()).isPresent();
      found.leave(use);
      await(() -> found.obstacle().isEmpty());
    }
  }

  @Test
  void aKeyDestroyedWhileTheTokenIsAwayIsGoneWhenItIsBack() throws Exception {
    custody.make(keys, "k1", PublicJwk.Algorithm.ES256);
    hsm.goAway();
    await(() -> custody.obstacle().isPresent());
    custody.destroy(keys, "k1");
    assertThatThrownBy(() -> custody.open(keys, "k1")).isInstanceOf(GeneralSecurityException.class);
    hsm.comeBack();
    await(() -> custody.obstacle().isEmpty());
    custody.destroyOrphans();
    assertThat(hsm.privateKeys()).isZero();
  }

  @Test
  void aStartWithoutTheTokenWaitsForIt() throws Exception {
    PrivateKeys.Key key = custody.make(keys, "k1", PublicJwk.Algorithm.ES256);
    custody.close();
    hsm.goAway();
    custody = open();
    assertThat(custody.obstacle().orElseThrow()).contains("no token of that label is there");
    PrivateKeys.Signing signing = custody.open(keys, "k1").newSigning();
    assertThatThrownBy(() -> signing.sign(INPUT)).isInstanceOf(HsmAwayException.class);
    hsm.comeBack();
    await(() -> custody.obstacle().isEmpty());
    assertThat(verifies(key.publicKey(), signing.sign(INPUT))).isTrue();
  }

  @Test
  void aKeyThatSomebodyTookFromTheTokenIsNamed() throws Exception {
    PrivateKeys.Key key = custody.make(keys, "k1", PublicJwk.Algorithm.ES256);
    custody.close();
    try (TokenSession session = TokenSession.open()) {
      session.library().destroy(session.session(), session.privateKeys().getFirst());
    }
    custody = open();
    assertThat(custody.obstacle().orElseThrow()).contains(key.publicKey().thumbprint());
    // When the key is taken back the keeper has it destroyed, and the others go on.
    custody.destroy(keys, "k1");
    await(() -> custody.obstacle().isEmpty());
  }

  @Test
  void twoTokensOfOneLabelAreNone() throws Exception {
    custody.close();
    hsm.makeToken(TestHsm.LABEL);
    custody = open();
    assertThat(custody.obstacle().orElseThrow()).contains("2 tokens have that label");
  }

  @Test
  void whatIsNoLibraryIsSaid() throws Exception {
    Path none = Files.writeString(folder.resolve("none.so"), "x");
    assertThatThrownBy(() -> Cryptoki.load(none))
        .isInstanceOf(GeneralSecurityException.class)
        .hasMessageContaining("cannot be loaded");
  }

  @Test
  void aTokenOfSoftwareIsNotCalledADevice() throws Exception {
    custody.make(keys, "k1", PublicJwk.Algorithm.ES256);
    assertThat(custody.assurance().text()).isEqualTo("copyable-by-root");
  }

  @Test
  void keysOfSoftwareSignUntilTheyRetire() throws Exception {
    PrivateKeys.Key old = software.make(keys, "k1", PublicJwk.Algorithm.ES256);
    PrivateKeys.Key opened = custody.open(keys, "k1");
    assertThat(verifies(old.publicKey(), opened.newSigning().sign(INPUT))).isTrue();
    custody.destroy(keys, "k1");
    assertThat(Files.exists(keys.resolve("k1.sealed"))).isFalse();
    assertThatThrownBy(() -> custody.open(keys, "k1")).isInstanceOf(GeneralSecurityException.class);
  }

  @Test
  void whatATokenHasNoKeysOfIsRefused() {
    assertThatThrownBy(() -> custody.make(keys, "k1", PublicJwk.Algorithm.ML_DSA_44))
        .hasMessageContaining("ML-DSA-44");
  }

  /** The HSM as a user with the PIN sees it. */
  private record TokenSession(Cryptoki library, long session) implements AutoCloseable {
    static TokenSession open() throws GeneralSecurityException {
      Cryptoki library = Cryptoki.load(TestHsm.LIBRARY);
      library.initialize();
      long session = library.openSession(library.slotsOf(TestHsm.LABEL).getFirst(), true);
      library.login(session, TestHsm.PIN.getBytes(StandardCharsets.US_ASCII));
      return new TokenSession(library, session);
    }

    List<Long> privateKeys() throws CryptokiException {
      return library.find(session, new CryptokiTemplate().with(0, 3L));
    }

    byte[] attribute(long object, long type) throws CryptokiException {
      return library.attribute(session, object, type);
    }

    @Override
    public void close() {
      library.end();
    }
  }
}
