package dev.counterfoil.keystore;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.signer.privatekeys.SoftwarePrivateKeys;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sealed keys as spec/sealed-key.md has them, sealed here by that page and opened by the signer.
 */
class SealedKeyVectorsTest {
  private static final Path VECTORS = Path.of("../vectors/sealed-keys");
  private static final HexFormat HEX = HexFormat.of();
  private static final String PASSPHRASE = "an example's passphrase of 36 bytes.";
  private static final String TOKEN_KEY = "token key of enterprise: k1";

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  @Test
  void theSignerOpensWhatThePageSealsAndNothingElse() throws Exception {
    if (Boolean.getBoolean("counterfoil.vectors.write")) {
      for (var vector : made().entrySet()) {
        Files.writeString(VECTORS.resolve(vector.getKey()), vector.getValue() + "\n");
      }
    }
    int opened = 0;
    int refused = 0;
    FileDisk disk = FileDisk.privateFolder(folder.resolve("keys"));
    try (var files = Files.newDirectoryStream(VECTORS, "*.json")) {
      for (Path file : files) {
        JsonObject vector = StrictJson.object(Files.readAllBytes(file), 1 << 16);
        Path passphrase = folder.resolve("passphrase");
        Files.deleteIfExists(passphrase);
        Files.createFile(
            passphrase,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(passphrase, vector.string("passphrase"));
        SealedKeys keys = TestMaking.sealed(SecretFile.at(passphrase));
        byte[] sealed = HEX.parseHex(vector.string("sealed"));
        String purpose = vector.string("purpose");
        if (vector.string("expect").equals("opens")) {
          assertThat(keys.opened(disk, "k", sealed, purpose))
              .as(file.toString())
              .isEqualTo(HEX.parseHex(vector.string("pkcs8")));
          assertThat(privateKey(vector)).as(file.toString()).isNotNull();
          opened++;
        } else {
          assertThat(catchThrowable(() -> keys.opened(disk, "k", sealed, purpose)))
              .as(file.toString())
              .isInstanceOf(GeneralSecurityException.class);
          refused++;
        }
      }
    }
    assertThat(opened).isEqualTo(2);
    assertThat(refused).isEqualTo(5);
  }

  /** The purposes of the page are those that the signer uses. */
  @Test
  void purposesAreAsThePageHasThem() {
    assertThat(SoftwarePrivateKeys.order("enterprise", "k1", PublicJwk.Algorithm.ES256).purpose())
        .isEqualTo(TOKEN_KEY);
    assertThat(Ed25519Key.order("login.example/logs/s1g1").purpose())
        .isEqualTo("Ed25519 key login.example/logs/s1g1");
  }

  private static PrivateKey privateKey(JsonObject vector) throws Exception {
    return KeyFactory.getInstance(vector.string("algorithm").equals("ES256") ? "EC" : "Ed25519")
        .generatePrivate(new PKCS8EncodedKeySpec(HEX.parseHex(vector.string("pkcs8"))));
  }

  private static Map<String, JsonObject> made() throws Exception {
    Random seed = new Random(1);
    byte[] ec = es256().getPrivate().getEncoded();
    byte[] ed = KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPrivate().getEncoded();
    byte[] salt = new byte[32];
    byte[] nonce = new byte[12];
    seed.nextBytes(salt);
    seed.nextBytes(nonce);
    byte[] tokenKey = seal(PASSPHRASE, TOKEN_KEY, ec, salt, nonce);
    String logKeyPurpose = "Ed25519 key login.example/logs/s1g1";
    seed.nextBytes(salt);
    seed.nextBytes(nonce);
    byte[] logKey = seal(PASSPHRASE, logKeyPurpose, ed, salt, nonce);
    byte[] changed = tokenKey.clone();
    changed[changed.length - 1] ^= 1;
    byte[] otherMagic = tokenKey.clone();
    otherMagic[3] = '2';
    Map<String, JsonObject> made = new TreeMap<>();
    made.put(
        "es256.json",
        vector("a token key", "opens", PASSPHRASE, TOKEN_KEY, tokenKey)
            .put("algorithm", "ES256")
            .put("pkcs8", HEX.formatHex(ec))
            .build());
    made.put(
        "ed25519.json",
        vector(
                "the key of a log, and a line end behind the passphrase",
                "opens",
                PASSPHRASE + "\r\n",
                logKeyPurpose,
                logKey)
            .put("algorithm", "EdDSA")
            .put("pkcs8", HEX.formatHex(ed))
            .build());
    made.put(
        "other-purpose.json",
        vector(
                "the same file in the place of another key",
                "refused",
                PASSPHRASE,
                TOKEN_KEY + "2",
                tokenKey)
            .build());
    made.put(
        "other-passphrase.json",
        vector("another passphrase", "refused", PASSPHRASE + "2\n", TOKEN_KEY, tokenKey).build());
    made.put(
        "changed.json",
        vector("a bit of the tag is changed", "refused", PASSPHRASE, TOKEN_KEY, changed).build());
    made.put(
        "other-magic.json",
        vector("said to be under a token's key", "refused", PASSPHRASE, TOKEN_KEY, otherMagic)
            .build());
    made.put(
        "cut.json",
        vector(
                "nothing behind the header but a tag",
                "refused",
                PASSPHRASE,
                TOKEN_KEY,
                Arrays.copyOf(tokenKey, 64))
            .build());
    return made;
  }

  private static KeyPair es256() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"), new SecureRandom());
    return generator.generateKeyPair();
  }

  private static JsonObject.Builder vector(
      String comment, String expect, String passphrase, String purpose, byte[] sealed) {
    return JsonObject.builder()
        .put("comment", comment)
        .put("expect", expect)
        .put("passphrase", passphrase)
        .put("purpose", purpose)
        .put("sealed", HEX.formatHex(sealed));
  }

  /** By the page, with nothing of the signer's: HKDF is written out as RFC 5869 2.2 and 2.3. */
  private static byte[] seal(
      String passphrase, String purpose, byte[] pkcs8, byte[] salt, byte[] nonce)
      throws GeneralSecurityException {
    byte[] extracted = hmac(salt, passphrase.getBytes(UTF_8));
    byte[] key = hmac(extracted, "counterfoil key at rest\u0001".getBytes(US_ASCII));
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(
        Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, nonce));
    cipher.updateAAD(purpose.getBytes(UTF_8));
    byte[] encrypted = cipher.doFinal(pkcs8);
    return ByteBuffer.allocate(48 + encrypted.length)
        .put("CFK1".getBytes(US_ASCII))
        .put(salt)
        .put(nonce)
        .put(encrypted)
        .array();
  }

  private static byte[] hmac(byte[] key, byte[] text) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(text);
  }
}
