package dev.counterfoil.scan;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.scan.finding.ScanFinding;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Private keys of anybody, in the forms that programs write. */
class GeneralKeysTest {
  private static List<String> found(byte[] bytes) throws Exception {
    Report report = EveryFormTest.scan(List.of(), bytes);
    assertThat(report.toString()).as("key bytes in a report").doesNotContain("BEGIN");
    return report.findings().stream().map(ScanFinding::what).toList();
  }

  private static byte[] amid(byte[] key) {
    byte[] before = new byte[777];
    new SplittableRandom(1).nextBytes(before);
    before[776] = (byte) 0x80;
    return Writing.concat(before, key, new byte[333]);
  }

  private static byte[] pem(String label, byte[] der) {
    return Writing.bytes(
        "-----BEGIN " + label + "-----\n" + lines(der) + "\n-----END " + label + "-----\n");
  }

  private static String lines(byte[] der) {
    return Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"RSA", "EC", "Ed25519", "Ed448", "X25519", "DSA", "ML-DSA-65", "ML-KEM-768"})
  void findsPkcs8OfEveryAlgorithm(String algorithm) throws Exception {
    var pair = KeyPairGenerator.getInstance(algorithm).generateKeyPair();
    byte[] der = pair.getPrivate().getEncoded();
    assertThat(found(der)).containsExactly("pkcs8");
    assertThat(found(amid(der))).containsExactly("pkcs8");
    assertThat(found(amid(pem("PRIVATE KEY", der)))).containsExactly("pem");
    assertThat(found(amid(Base64.getEncoder().encode(der)))).containsExactly("pkcs8");
    String escaped = new String(pem("PRIVATE KEY", der), StandardCharsets.US_ASCII);
    assertThat(found(Writing.bytes("{\"key\":\"" + escaped.replace("\n", "\\n") + "\"}")))
        .containsExactly("pem");
    assertThat(found(escaped.getBytes(StandardCharsets.UTF_16LE))).containsExactly("pem");
    assertThat(found(Base64.getEncoder().encode(Writing.bytes(escaped)))).containsExactly("pem");
    assertThat(found(amid(pair.getPublic().getEncoded()))).isEmpty();
    assertThat(found(amid(pem("PUBLIC KEY", pair.getPublic().getEncoded())))).isEmpty();
  }

  @Test
  void findsWhatOpensslWrites(@TempDir Path folder) throws Exception {
    assertThat(found(openssl(folder, "genrsa -traditional -out key 2048"))).containsExactly("pem");
    assertThat(found(openssl(folder, "rsa -in key -traditional -outform DER -out der")))
        .containsExactly("pkcs1");
    assertThat(found(openssl(folder, "rsa -in key -pubout -outform DER -out der"))).isEmpty();
    assertThat(found(openssl(folder, "ecparam -name secp384r1 -genkey -noout -out key")))
        .containsExactly("pem");
    assertThat(found(openssl(folder, "ec -in key -outform DER -out der"))).containsExactly("sec1");
    assertThat(found(openssl(folder, "pkcs8 -topk8 -in key -passout pass:x -out der")))
        .containsExactly("pem-encrypted");
    assertThat(found(openssl(folder, "pkcs8 -topk8 -in key -passout pass:x -outform DER -out der")))
        .containsExactly("pkcs8-encrypted");
    assertThat(found(openssl(folder, "ec -in key -aes128 -passout pass:x -out der")))
        .containsExactly("pem-encrypted");
    assertThat(found(openssl(folder, "ec -in key -pubout -out der"))).isEmpty();
  }

  /** Runs it and gives the file it writes. */
  private static byte[] openssl(Path folder, String arguments) throws Exception {
    List<String> command =
        Stream.concat(Stream.of("openssl"), Arrays.stream(arguments.split(" ", -1))).toList();
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output").toFile())
            .start();
    assertThat(process.waitFor()).as(Files.readString(folder.resolve("output"))).isZero();
    return Files.readAllBytes(folder.resolve(command.get(command.indexOf("-out") + 1)));
  }

  @Test
  void findsOpenSshKeys() throws Exception {
    byte[] magic = Writing.bytes("openssh-key-v1\0");
    byte[] rest = new byte[200];
    new SplittableRandom(2).nextBytes(rest);
    byte[] open = Writing.concat(magic, Writing.bytes("\0\0\0\4none\0\0\0\4none"), rest);
    byte[] encrypted = Writing.concat(magic, Writing.bytes("\0\0\0\naes256-ctr"), rest);
    assertThat(found(amid(open))).containsExactly("openssh");
    assertThat(found(amid(pem("OPENSSH PRIVATE KEY", open)))).containsExactly("openssh");
    assertThat(found(amid(pem("OPENSSH PRIVATE KEY", encrypted))))
        .containsExactly("openssh-encrypted");
  }

  @Test
  void findsJwksWithPrivateMembersAndNoOthers() throws Exception {
    PlantedKey key = PlantedKey.es256();
    byte[] secret = Writing.bytes(key.jwk());
    assertThat(found(amid(secret))).containsExactly("jwk");
    assertThat(found(Writing.bytes(key.jwk().replace("\"", "\\\"")))).containsExactly("jwk");
    assertThat(found(Writing.bytes(key.jwk().replace(",", ",\n  ").replace(":", " : "))))
        .containsExactly("jwk");
    String set = "{\"keys\":[{\"kty\":\"EC\",\"x\":\"AA\"}," + PlantedKey.rs256().jwk() + "]}";
    assertThat(found(Writing.bytes(set))).containsExactly("jwk");
    assertThat(found(Writing.bytes(PlantedKey.mlDsa44().jwk()))).containsExactly("jwk");
    String symmetric = "{\"kty\":\"oct\",\"k\":\"" + "AAECAwQFBgcICQoLDA0ODw" + "\"}";
    assertThat(found(Writing.bytes(symmetric))).containsExactly("jwk-symmetric");
    assertThat(found(Writing.bytes(key.jwk().replaceAll(",?\"d\":\"[^\"]*\",?", ",")))).isEmpty();
  }

  @Test
  void findsSealedKeyFiles() throws Exception {
    byte[] sealed = new byte[300];
    new SplittableRandom(3).nextBytes(sealed);
    System.arraycopy(Writing.bytes("CFK1"), 0, sealed, 0, 4);
    assertThat(found(sealed)).containsExactly("counterfoil-sealed-key");
    assertThat(found(Writing.concat(new byte[1], sealed))).isEmpty();
  }

  @Test
  void aHeaderWithoutABodyIsNoKey() throws Exception {
    assertThat(found(Writing.bytes("-----BEGIN PRIVATE KEY-----\u0001-----END PRIVATE KEY-----")))
        .isEmpty();
    assertThat(found(Writing.bytes("\"-----BEGIN PRIVATE KEY-----\" + body + \"-----END")))
        .isEmpty();
    byte[] zeros = HexFormat.of().parseHex("302e020100300506032b657004220420" + "00".repeat(32));
    assertThat(found(zeros)).isEmpty();
  }

  @Test
  void findsPemWhoseLinesAreQuoted() throws Exception {
    byte[] der = PlantedKey.rs256().pkcs8();
    String pem = new String(pem("PRIVATE KEY", der), StandardCharsets.US_ASCII);
    for (String[] line :
        new String[][] {
          {"    \"", "\\n\" +\n"}, // Java, JavaScript
          {"  '", "\\n'\n"}, // Python, C
          {"# ", "\n"},
          {"> ", "\r\n"},
          {" * ", "\n"},
          {"\"", "\",\n"}, // an array of lines
        }) {
      String quoted = pem.lines().map(l -> line[0] + l + line[1]).collect(joining());
      assertThat(found(Writing.bytes(quoted))).as(quoted).containsExactly("pem");
    }
    assertThat(found(Writing.bytes(pem.replace("\n", "\\u000a").replace("/", "\\u002f"))))
        .contains("pem");
    String publicPem = new String(pem("PUBLIC KEY", der), StandardCharsets.US_ASCII);
    assertThat(found(Writing.bytes(publicPem.replace("\n", "\" +\n\""))))
        .doesNotContain("pem", "pem-unread");
  }

  /** A body in a form that nobody here reads must not pass as clean. */
  @Test
  void aBeginLineWithSomethingBehindItIsNeverClean() throws Exception {
    String percent = Base64.getEncoder().encodeToString(new byte[60]).replaceAll("(.)", "%41");
    assertThat(found(Writing.bytes("-----BEGIN RSA PRIVATE KEY-----\n" + percent)))
        .containsExactly("pem-unread");
    assertThat(found(Writing.bytes("-----BEGIN RSA PUBLIC KEY-----\n" + percent))).isEmpty();
    // As the constants of a program lie in its memory.
    assertThat(found(Writing.bytes("-----BEGIN PRIVATE KEY-----\n\0\0\0\u0001" + percent)))
        .isEmpty();
    assertThat(found(Writing.bytes("the line -----BEGIN PRIVATE KEY----- " + percent))).isEmpty();
  }

  @Test
  void findsJavaKeyStores(@TempDir Path folder) throws Exception {
    for (String type : List.of("JKS", "JCEKS")) {
      Path store = folder.resolve(type);
      String common = " -alias a -storetype " + type + " -storepass secret -keystore " + store;
      keytool("-genkeypair -keyalg EC -dname CN=a -keypass secret" + common);
      byte[] bytes = Files.readAllBytes(store);
      String what = type.toLowerCase(Locale.ROOT) + "-encrypted";
      assertThat(found(bytes)).containsExactly(what);
      assertThat(found(amid(bytes))).containsExactly(what);
      assertThat(found(Base64.getMimeEncoder().encode(bytes))).containsExactly(what);
      Path certificate = folder.resolve(type + ".crt");
      keytool("-exportcert -file " + certificate + common);
      Files.delete(store);
      keytool("-importcert -noprompt -file " + certificate + common);
      assertThat(found(Files.readAllBytes(store))).isEmpty();
    }
  }

  private static void keytool(String arguments) throws Exception {
    List<String> command =
        Stream.concat(
                Stream.of(System.getProperty("java.home") + "/bin/keytool"),
                Arrays.stream(arguments.split(" ", -1)))
            .toList();
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  @Test
  void namesOurOwnInsideOfOthers() throws Exception {
    PlantedKey key = PlantedKey.ed25519();
    Report report = EveryFormTest.scan(List.of(key.own()), pem("PRIVATE KEY", key.pkcs8()));
    assertThat(report.findings()).extracting(ScanFinding::what).contains("pem", "ed25519-seed");
    assertThat(report.findings())
        .filteredOn(ScanFinding::isOurs)
        .allMatch(f -> f.kid().orElseThrow().equals(key.kid()));
  }
}
