package dev.counterfoil.keystore;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.hardening.StartRefusedException;
import dev.counterfoil.keystore.pkcs11.Cryptoki;
import dev.counterfoil.keystore.pkcs11.CryptokiCall;
import dev.counterfoil.keystore.pkcs11.CryptokiTemplate;
import dev.counterfoil.keystore.pkcs11.FaultyHsm;
import dev.counterfoil.keystore.pkcs11.HsmAlgorithm;
import dev.counterfoil.keystore.pkcs11.HsmAwayException;
import dev.counterfoil.keystore.pkcs11.TestHsm;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.registrar.root.TrialRoot;
import dev.counterfoil.signer.privatekeys.HsmPrivateKeys;
import dev.counterfoil.signer.privatekeys.HsmWorld;
import dev.counterfoil.signer.privatekeys.PrivateKeys;
import dev.counterfoil.signer.privatekeys.SoftwarePrivateKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Keys at rest under a key that SoftHSM2 has. */
class WrappingKeyTest extends HsmWorld {
  private static final byte[] KEY =
      "not a key but nothing looks at it".getBytes(StandardCharsets.US_ASCII);
  private static final long CKA_VALUE = 0x11;

  @SuppressWarnings("NullAway.Init") // made before each test
  private Path owner;

  @SuppressWarnings("NullAway.Init") // made before each test
  private FileDisk disk;

  @BeforeEach
  void makeFolder() throws Exception {
    owner = folder.resolve("owner");
    disk = FileDisk.privateFolder(owner.resolve("keys"));
  }

  private KeyForKeys wrapping() throws Exception {
    return new KeyForKeys.InHsm(WrappingKey.openOrMake(owner, hsm.entry()));
  }

  private static SealedKeys sealed(KeyForKeys keyForKeys) throws Exception {
    return SealedKeys.with(keyForKeys, KeyMaker::make);
  }

  private KeyForKeys passphrase() throws Exception {
    return new KeyForKeys.PassphraseFile(
        TrialRoot.openOrMakePassphrase(folder.resolve("passphrase")));
  }

  private void seal(KeyForKeys with) throws Exception {
    disk.replace("a.sealed", SealedKeys.seal(with, "purpose", KEY.clone()));
  }

  private long objects() throws IOException {
    return hsm.privateKeys();
  }

  @Test
  void aKeyOpensAgainForItsPurposeAndNotWhenItWasChanged() throws Exception {
    seal(wrapping());
    // As after a new start: the folder says which key of the HSM it is.
    SealedKeys keys = sealed(wrapping());
    assertThat(objects()).as("made once").isEqualTo(1);
    assertThat(keys.open(disk, "a.sealed", "purpose")).isEqualTo(KEY);
    assertThatThrownBy(() -> keys.open(disk, "a.sealed", "another purpose"))
        .isInstanceOf(GeneralSecurityException.class)
        .hasMessageContaining("cannot be decrypted");
    byte[] good = disk.read("a.sealed", 4096);
    assertThat(new String(good, StandardCharsets.ISO_8859_1))
        .startsWith("CFK2")
        .doesNotContain("not a key");
    for (int i = 0; i < good.length; i += 3) {
      byte[] bad = good.clone();
      bad[i] ^= 1;
      disk.replace("a.sealed", bad);
      assertThatThrownBy(() -> keys.open(disk, "a.sealed", "purpose"))
          .as("byte " + i)
          .isInstanceOf(GeneralSecurityException.class)
          .hasMessageContaining("a.sealed");
    }
    disk.replace("a.sealed", good);
    assertThat(keys.open(disk, "a.sealed", "purpose")).isEqualTo(KEY);
  }

  @Test
  void aPassphraseDoesNotStandInForTheTokenNorTheTokenForAPassphrase() throws Exception {
    seal(wrapping());
    assertThatThrownBy(() -> sealed(passphrase()).open(disk, "a.sealed", "purpose"))
        .isInstanceOf(GeneralSecurityException.class)
        .hasMessageContaining("is not sealed with passphrase file");
    assertThat(sealed(wrapping()).open(disk, "a.sealed", "purpose")).isEqualTo(KEY);
    seal(passphrase());
    assertThatThrownBy(() -> sealed(wrapping()).open(disk, "a.sealed", "purpose"))
        .isInstanceOf(GeneralSecurityException.class)
        .hasMessageContaining("is not sealed with the wrapping key");
    assertThat(sealed(passphrase()).open(disk, "a.sealed", "purpose")).isEqualTo(KEY);
  }

  @Test
  void aFolderWhoseKeysHaveAPassphraseGetsNoWrappingKey() throws Exception {
    SealedKeys.refuseOthers(owner);
    seal(passphrase());
    assertThatThrownBy(() -> SealedKeys.refuseOthers(owner))
        .isInstanceOf(StartRefusedException.class)
        .hasMessageContaining("Put passphrase-file back");
  }

  @Test
  void theTokenGivesItsKeyToNobody() throws Exception {
    KeyForKeys _ = wrapping();
    byte[] id = HexFormat.of().parseHex(Files.readString(owner.resolve(WrappingKey.FILE)).strip());
    Cryptoki library = Cryptoki.load(TestHsm.LIBRARY);
    assertThat(library.initialize()).isTrue();
    try {
      long session = library.openSession(library.slotsOf(TestHsm.LABEL).getFirst(), false);
      library.login(session, TestHsm.PIN.getBytes(StandardCharsets.US_ASCII));
      long key = library.find(session, new CryptokiTemplate().with(HsmAlgorithm.ID, id)).getFirst();
      assertThat(library.attribute(session, key, HsmAlgorithm.ID)).isEqualTo(id);
      assertThatThrownBy(() -> library.attribute(session, key, CKA_VALUE))
          .hasMessageContaining("CKR_ATTRIBUTE_SENSITIVE");
      HsmAlgorithm.checkKept(library, session, key);
    } finally {
      library.end();
    }
  }

  @Test
  void aTokenThatIsAwayIsSaidAndNothingTakesItsPlace() throws Exception {
    seal(wrapping());
    SealedKeys keys = sealed(wrapping());
    hsm.goAway();
    assertThatThrownBy(() -> keys.open(disk, "a.sealed", "purpose"))
        .isInstanceOf(HsmAwayException.class)
        .hasMessageContaining("is away: no token of that label is there");
    assertThatThrownBy(this::wrapping).isInstanceOf(HsmAwayException.class);
    SoftwarePrivateKeys custody = new SoftwarePrivateKeys(keys, "enterprise");
    assertThat(
            custody.makeAll(
                owner.resolve("g1"),
                List.of(new PrivateKeys.Order("k1", PublicJwk.Algorithm.ES256))))
        .singleElement()
        .isInstanceOf(PrivateKeys.Outcome.NotNow.class);
    try (Stream<Path> files = Files.walk(owner)) {
      assertThat(files.filter(file -> file.endsWith("k1.sealed"))).isEmpty();
    }
    hsm.comeBack();
    assertThat(keys.open(disk, "a.sealed", "purpose")).isEqualTo(KEY);
    assertThat(
            custody.makeAll(
                owner.resolve("g1"),
                List.of(new PrivateKeys.Order("k1", PublicJwk.Algorithm.ES256))))
        .singleElement()
        .isInstanceOf(PrivateKeys.Outcome.Made.class);
  }

  @Test
  void aKeyThatTheTokenLostIsNotReplaced() throws Exception {
    seal(wrapping());
    // Another token of the same name.
    hsm.goAway();
    hsm.makeToken(TestHsm.LABEL);
    assertThatThrownBy(this::wrapping)
        .isInstanceOf(GeneralSecurityException.class)
        .isNotInstanceOf(HsmAwayException.class)
        .hasMessageContaining("has not the wrapping key");
    assertThat(objects()).isZero();
  }

  @Test
  void aWrongPinIsTriedOnce() throws Throwable {
    AtomicInteger tries = new AtomicInteger();
    Cryptoki counted =
        faulty
            .with(
                CryptokiCall.LOGIN,
                (arguments, real) -> {
                  tries.incrementAndGet();
                  return real.call(arguments);
                })
            .library();
    WrappingKey key =
        WrappingKey.openOrMake(() -> counted, FileDisk.privateFolder(owner), hsm.entry());
    Path wrong = Files.copy(hsm.pinFile(), folder.resolve("wrong"));
    Files.writeString(wrong, "another\n");
    Files.move(hsm.pinFile(), folder.resolve("right"));
    Files.move(wrong, hsm.pinFile());
    tries.set(0);
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(key::check)
          .isInstanceOf(GeneralSecurityException.class)
          .hasMessageContaining("refuses the PIN");
    }
    assertThat(tries).hasValue(1);
    Files.delete(hsm.pinFile());
    Files.move(folder.resolve("right"), hsm.pinFile());
    key.check();
  }

  @Test
  void aTokenThatDoesNotBindOrHasNoGcmIsNotUsed() throws Throwable {
    FaultyHsm.Fault unbound =
        (arguments, real) -> {
          // CK_GCM_PARAMS without additional data.
          FaultyHsm.at(FaultyHsm.at(arguments[1], 24).get(ADDRESS, 8), 48).set(JAVA_LONG, 32, 0);
          return real.call(arguments);
        };
    Cryptoki careless =
        new FaultyHsm()
            .with(CryptokiCall.ENCRYPT_INIT, unbound)
            .with(CryptokiCall.DECRYPT_INIT, unbound)
            .library();
    assertThatThrownBy(
            () ->
                WrappingKey.openOrMake(() -> careless, FileDisk.privateFolder(owner), hsm.entry()))
        .isInstanceOf(GeneralSecurityException.class)
        .hasMessageContaining("does not look at what its secrets are bound to");
    Cryptoki old =
        new FaultyHsm()
            .with(
                CryptokiCall.GET_MECHANISM_INFO,
                (arguments, real) -> arguments[1].equals(0x1087L) ? 0x70 : real.call(arguments))
            .library();
    assertThatThrownBy(
            () -> WrappingKey.openOrMake(() -> old, FileDisk.privateFolder(owner), hsm.entry()))
        .isInstanceOf(GeneralSecurityException.class)
        .hasMessageContaining("CKM_AES_GCM");
    assertThat(WrappingKey.isUsedIn(owner)).isFalse();
    WrappingKey.openOrMake(owner, hsm.entry()).check();
  }

  /** Token keys and the wrapping key in one library, which is one for the process. */
  @Test
  void besideKeysThatSignInTheSameToken() throws Exception {
    HsmPrivateKeys custody = open(Cryptoki.load(TestHsm.LIBRARY));
    PrivateKeys.Key key = custody.make(keys, "k1", PublicJwk.Algorithm.ES256);
    try (PrivateKeys.Signing signing = key.newSigning()) {
      for (int i = 0; i < 3; i++) {
        seal(wrapping());
        assertThat(sealed(wrapping()).open(disk, "a.sealed", "purpose")).isEqualTo(KEY);
        assertThat(signing.sign(INPUT)).hasSize(64);
      }
    }
    custody.destroyOrphans();
    assertThat(sealed(wrapping()).open(disk, "a.sealed", "purpose")).isEqualTo(KEY);
    assertThat(custody.obstacle()).isEmpty();
  }
}
