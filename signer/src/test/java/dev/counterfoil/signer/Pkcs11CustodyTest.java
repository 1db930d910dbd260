package dev.counterfoil.signer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.PublicJwk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** With SoftHSM2. */
class Pkcs11CustodyTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final byte[] INPUT = "header.payload".getBytes(StandardCharsets.US_ASCII);

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  @SuppressWarnings("NullAway.Init") // made before each test
  private TestToken token;

  @SuppressWarnings("NullAway.Init") // made before each test
  private Path keys;

  @SuppressWarnings("NullAway.Init") // made before each test
  private SoftwareCustody software;

  @SuppressWarnings("NullAway.Init") // made before each test
  private Pkcs11Custody custody;

  @BeforeEach
  void start() throws Throwable {
    token = TestToken.in(folder.resolve("hsm"));
    token.setEnvironmentHere();
    keys = Files.createDirectories(folder.resolve("signer/g1/keys"));
    SecretFile passphrase = TrialRoot.openOrMakePassphrase(folder.resolve("passphrase"));
    software = new SoftwareCustody(TestMaking.sealed(passphrase), "enterprise");
    custody = open();
  }

  @AfterEach
  void stop() {
    custody.close();
  }

  private Pkcs11Custody open() throws IOException, GeneralSecurityException {
    return Pkcs11Custody.start(
        folder.resolve("signer"), token.entry(), EnumSet.allOf(TokenAlgorithm.class), software);
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
  @EnumSource(TokenAlgorithm.class)
  void aKeyOfTheTokenSignsAsJwsWritesIt(TokenAlgorithm how) throws Exception {
    Custody.Key made = custody.make(keys, "k1", how.algorithm());
    try (Custody.Signing signing = made.newSigning()) {
      for (int i = 0; i < 20; i++) {
        byte[] signature = signing.sign(INPUT);
        assertThat(signature).hasSize(made.publicKey().signatureBytes());
        assertThat(verifies(made.publicKey(), signature)).isTrue();
      }
    }
    openAgain();
    Custody.Key opened = custody.open(keys, "k1");
    assertThat(opened.publicKey()).isEqualTo(made.publicKey());
    assertThat(verifies(made.publicKey(), opened.newSigning().sign(INPUT))).isTrue();
  }

  @ParameterizedTest
  @EnumSource(TokenAlgorithm.class)
  void aKeyDoesNotComeOut(TokenAlgorithm how) throws Exception {
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
      TokenAlgorithm.check(session.library(), session.session(), key);
    }
  }

  @Test
  void aKeyThatCanBeTakenOutIsRefused() throws Exception {
    custody.close();
    try (TokenSession session = TokenSession.open()) {
      Cryptoki.Pair pair =
          session
              .library()
              .generateKeyPair(
                  session.session(),
                  TokenAlgorithm.ES256.generation(),
                  TokenAlgorithm.ES256.publicTemplate(new byte[] {1}, new byte[] {1}),
                  new CryptokiTemplate()
                      .with(0x1, true)
                      .with(0x2, true)
                      .with(0x103, false)
                      .with(0x162, true)
                      .with(0x108, true));
      assertThat(session.attribute(pair.privateKey(), 0x11)).isNotEmpty();
      assertThatThrownBy(
              () -> TokenAlgorithm.check(session.library(), session.session(), pair.privateKey()))
          .hasMessageContaining("CKA_SENSITIVE is not true");
    }
  }

  @Test
  void aDestroyedKeyIsGoneFromTheToken() throws Exception {
    Custody.Key kept = custody.make(keys, "k1", PublicJwk.Algorithm.ES256);
    Custody.Key gone = custody.make(keys, "k2", PublicJwk.Algorithm.ES256);
    Custody.Signing signing = gone.newSigning();
    assertThat(verifies(gone.publicKey(), signing.sign(INPUT))).isTrue();
    custody.destroy(keys, "k2");
    custody.destroy(keys, "k2");
    assertThatThrownBy(() -> custody.open(keys, "k2")).isInstanceOf(GeneralSecurityException.class);
    assertThatThrownBy(() -> signing.sign(INPUT)).isInstanceOf(CustodyUnavailableException.class);
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
    Custody.Key kept = custody.make(keys, "k1", PublicJwk.Algorithm.ES256);
    custody.make(keys, "k2", PublicJwk.Algorithm.ES256);
    custody.close();
    // As a process leaves it that dies between the token's answer and its own file.
    Files.delete(keys.resolve("k2.pkcs11"));
    custody = open();
    assertThat(verifies(kept.publicKey(), custody.open(keys, "k1").newSigning().sign(INPUT)))
        .isTrue();
    custody.close();
    try (TokenSession session = TokenSession.open()) {
      assertThat(session.privateKeys()).hasSize(1);
    }
  }

  @Test
  void aLabelThatIsUsedAgainLeavesNoKeyBehind() throws Exception {
    custody.make(keys, "k1", PublicJwk.Algorithm.ES256);
    Custody.Key second = custody.make(keys, "k1", PublicJwk.Algorithm.ES256);
    assertThat(verifies(second.publicKey(), second.newSigning().sign(INPUT))).isTrue();
    custody.close();
    try (TokenSession session = TokenSession.open()) {
      assertThat(session.privateKeys()).hasSize(1);
    }
  }

  @Test
  void twoSignersShareATokenAndLeaveEachOtherAlone() throws Exception {
    Custody.Key first = custody.make(keys, "k1", PublicJwk.Algorithm.ES256);
    custody.close();
    Path other = Files.createDirectories(folder.resolve("spare/g1/keys"));
    try (Pkcs11Custody spare =
        Pkcs11Custody.start(
            folder.resolve("spare"), token.entry(), Set.of(TokenAlgorithm.ES256), software)) {
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
    Custody.Key key = custody.make(keys, "k1", PublicJwk.Algorithm.ES256);
    Custody.Signing signing = key.newSigning();
    for (int round = 0; round < 2; round++) {
      assertThat(verifies(key.publicKey(), signing.sign(INPUT))).isTrue();
      token.goAway();
      await(() -> custody.obstacle().isPresent());
      assertThatThrownBy(() -> signing.sign(INPUT)).isInstanceOf(CustodyUnavailableException.class);
      assertThatThrownBy(() -> custody.make(keys, "k2", PublicJwk.Algorithm.ES256))
          .isInstanceOf(CustodyUnavailableException.class);
      token.comeBack();
      await(() -> custody.obstacle().isEmpty());
    }
    assertThat(verifies(key.publicKey(), signing.sign(INPUT))).isTrue();
  }

  @Test
  void aLibraryThatIsEndedUnderItIsBegunAgain() throws Exception {
    Custody.Key key = custody.make(keys, "k1", PublicJwk.Algorithm.ES256);
    Custody.Signing signing = key.newSigning();
    assertThat(verifies(key.publicKey(), signing.sign(INPUT))).isTrue();
    Cryptoki.load(TestToken.LIBRARY).end();
    assertThatThrownBy(() -> signing.sign(INPUT)).isInstanceOf(CustodyUnavailableException.class);
    await(() -> custody.obstacle().isEmpty());
    assertThat(verifies(key.publicKey(), signing.sign(INPUT))).isTrue();
  }

  @Test
  void aLibraryIsNotEndedWhileSomebodyIsInACall() throws Exception {
    custody.close();
    try (Pkcs11Token found = Pkcs11Token.start(token.entry(), connection -> {})) {
      Pkcs11Token.Use use = found.newUse();
      TokenConnection now = found.connected();
      found.enter(use, now);
      found.lost(now, new GeneralSecurityException("a test"));
      assertThatThrownBy(() -> found.enter(found.newUse(), now))
          .isInstanceOf(CustodyUnavailableException.class);
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
    token.goAway();
    await(() -> custody.obstacle().isPresent());
    custody.destroy(keys, "k1");
    assertThatThrownBy(() -> custody.open(keys, "k1")).isInstanceOf(GeneralSecurityException.class);
    token.comeBack();
    await(() -> custody.obstacle().isEmpty());
    custody.close();
    try (TokenSession session = TokenSession.open()) {
      assertThat(session.privateKeys()).isEmpty();
    }
  }

  @Test
  void aStartWithoutTheTokenWaitsForIt() throws Exception {
    Custody.Key key = custody.make(keys, "k1", PublicJwk.Algorithm.ES256);
    custody.close();
    token.goAway();
    custody = open();
    assertThat(custody.obstacle().orElseThrow()).contains("no token of that label is there");
    Custody.Signing signing = custody.open(keys, "k1").newSigning();
    assertThatThrownBy(() -> signing.sign(INPUT)).isInstanceOf(CustodyUnavailableException.class);
    token.comeBack();
    await(() -> custody.obstacle().isEmpty());
    assertThat(verifies(key.publicKey(), signing.sign(INPUT))).isTrue();
  }

  @Test
  void aKeyThatSomebodyTookFromTheTokenIsNamed() throws Exception {
    Custody.Key key = custody.make(keys, "k1", PublicJwk.Algorithm.ES256);
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
  void aWrongPinIsTriedOnceAndNeverSaid() throws Exception {
    custody.close();
    Files.writeString(token.pinFile(), "wrong-71b0c3\n");
    assertThatThrownBy(this::open)
        .isInstanceOf(GeneralSecurityException.class)
        .hasMessageContaining("CKR_PIN_INCORRECT")
        .hasMessageContaining(token.pinFile().toString())
        .hasMessageNotContaining("71b0c3");
    Files.writeString(token.pinFile(), TestToken.PIN + "\n");
    custody = open();
    assertThat(custody.obstacle()).isEmpty();
    // Of one that runs, a PIN that is wrong by now is tried again when its file has changed.
    token.goAway();
    await(() -> custody.obstacle().isPresent());
    Files.writeString(token.pinFile(), "wrong-71b0c3\n");
    Files.setLastModifiedTime(token.pinFile(), FileTime.from(Instant.EPOCH));
    token.comeBack();
    await(() -> custody.obstacle().orElse("").contains("CKR_PIN_INCORRECT"));
    Files.writeString(token.pinFile(), TestToken.PIN + "\n");
    await(() -> custody.obstacle().isEmpty());
  }

  @Test
  void twoTokensOfOneLabelAreNone() throws Exception {
    custody.close();
    token.makeToken(TestToken.LABEL);
    custody = open();
    assertThat(custody.obstacle().orElseThrow()).contains("2 tokens have that label");
  }

  @Test
  void whatIsNoLibraryIsSaid() throws Exception {
    Path none = Files.writeString(folder.resolve("none.so"), "x");
    Pkcs11Entry entry =
        new Pkcs11Entry(
            none, TestToken.LABEL, SecretFile.at(token.pinFile()), List.of(), List.of(), List.of());
    assertThatThrownBy(() -> Pkcs11Token.start(entry, connection -> {}))
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
    Custody.Key old = software.make(keys, "k1", PublicJwk.Algorithm.ES256);
    Custody.Key opened = custody.open(keys, "k1");
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

  /** The token as anybody with the PIN sees it. */
  private record TokenSession(Cryptoki library, long session) implements AutoCloseable {
    static TokenSession open() throws GeneralSecurityException {
      Cryptoki library = Cryptoki.load(TestToken.LIBRARY);
      library.initialize();
      long session = library.openSession(library.slotsOf(TestToken.LABEL).getFirst(), true);
      library.login(session, TestToken.PIN.getBytes(StandardCharsets.US_ASCII));
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
