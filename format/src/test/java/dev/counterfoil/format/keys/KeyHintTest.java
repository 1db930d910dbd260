package dev.counterfoil.format.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.FormatException;
import java.math.BigInteger;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.EdECPrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KeyHintTest {
  private static PrivateKey key(String algorithm, int size) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    if (size > 0) {
      generator.initialize(size);
    }
    return generator.generateKeyPair().getPrivate();
  }

  @Test
  void takesTheLowBitsOfAnEs256Scalar() throws Exception {
    ECPrivateKey key = (ECPrivateKey) key("EC", 256);
    assertThat(KeyHint.of(key.getEncoded(), "ES256").bits()).contains(key.getS().intValue());
  }

  @Test
  void takesTheLowBitsOfAnRsaPrime() throws Exception {
    RSAPrivateCrtKey key = (RSAPrivateCrtKey) key("RSA", 2048);
    assertThat(KeyHint.of(key.getEncoded(), "RS256").bits()).contains(key.getPrimeP().intValue());
  }

  @Test
  void sharesTheBitsOutBetweenSeedAndScalarOfAnEd25519Key() throws Exception {
    EdECPrivateKey key = (EdECPrivateKey) key("Ed25519", 0);
    byte[] seed = key.getBytes().orElseThrow();
    byte[] scalar = MessageDigest.getInstance("SHA-512").digest(seed);
    BigInteger littleEndian =
        new BigInteger(1, new byte[] {scalar[3], scalar[2], scalar[1], scalar[0]});
    int scalarBits = littleEndian.shiftRight(3).intValue() & 0x3ffff;
    int seedBits = new BigInteger(1, seed).intValue() & 0x3fff;
    assertThat(KeyHint.of(key.getEncoded(), "EdDSA").bits()).contains(scalarBits << 14 | seedBits);
  }

  @Test
  void takesTheLastBytesOfAnMlDsaSeedInEachOfItsForms() throws Exception {
    String seed = "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef";
    String expanded = "5a".repeat(2560);
    String algorithm = "020100300b0609608648016503040311";
    Optional<Integer> bits = Optional.of(0x89abcdef);
    assertThat(mlDsa(algorithm + "0422" + "8020" + seed)).isEqualTo(bits);
    assertThat(mlDsa(algorithm + "0420" + seed)).isEqualTo(bits);
    assertThat(mlDsa(algorithm + "04820a2a30820a26" + "0420" + seed + "04820a00" + expanded))
        .isEqualTo(bits);
    assertThat(mlDsa(algorithm + "04820a04" + "04820a00" + expanded)).isEmpty();
    assertThat(mlDsa(algorithm + "04820a00" + expanded)).isEmpty();
  }

  private static Optional<Integer> mlDsa(String content) throws FormatException {
    byte[] bytes = HexFormat.of().parseHex(content);
    byte[] length = {(byte) 0x82, (byte) (bytes.length >> 8), (byte) bytes.length};
    byte[] pkcs8 = HexFormat.of().parseHex("30" + HexFormat.of().formatHex(length) + content);
    return KeyHint.of(pkcs8, "ML-DSA-44").bits();
  }

  @Test
  void refusesAKeyOfAnotherAlgorithmAndWhatIsNoKey() throws Exception {
    byte[] pkcs8 = key("EC", 256).getEncoded();
    assertThatThrownBy(() -> KeyHint.of(pkcs8, "EdDSA")).isInstanceOf(FormatException.class);
    assertThatThrownBy(() -> KeyHint.of(pkcs8, "HS256")).isInstanceOf(FormatException.class);
    for (int length = 0; length < 60; length++) {
      byte[] cut = java.util.Arrays.copyOf(pkcs8, length);
      assertThatThrownBy(() -> KeyHint.of(cut, "ES256")).isInstanceOf(FormatException.class);
    }
  }

  @Test
  void readsWhatItWritesAndNoticesDamage() throws Exception {
    KeyHint hint = new KeyHint("ES256", Optional.of(0x01020304));
    String text = hint.text();
    assertThat(KeyHint.parse(text)).isEqualTo(hint);
    KeyHint none = new KeyHint("ML-DSA-44", Optional.empty());
    assertThat(KeyHint.parse(none.text())).isEqualTo(none);
    for (int i = 0; i < text.length() - 1; i++) {
      String damaged = text.substring(0, i) + "f" + text.substring(i + 1);
      if (!damaged.equals(text)) {
        assertThatThrownBy(() -> KeyHint.parse(damaged)).isInstanceOf(FormatException.class);
      }
    }
  }

  @Test
  void doesNotShowItsBits() {
    assertThat(new KeyHint("RS256", Optional.of(0xcafe))).hasToString("KeyHint[RS256]");
  }
}
