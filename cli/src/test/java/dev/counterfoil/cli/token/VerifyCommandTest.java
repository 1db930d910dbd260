package dev.counterfoil.cli.token;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.cli.CommandRun;
import dev.counterfoil.cli.ServedIssuer;
import dev.counterfoil.cli.command.SampleContext;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.verifier.TestIssuer;
import dev.counterfoil.verifier.TestKeys;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifyCommandTest {
  private static String token(String claims) {
    return "e30." + Base64Url.encode(claims.getBytes(StandardCharsets.UTF_8)) + ".AA";
  }

  @Test
  void theAudienceThatATokenIsForIsTheOneToGive() {
    assertThat(VerifyCommand.audienceHint(token("{\"aud\":\"mail\"}"), "demo-api"))
        .contains("expected audience demo-api, the default")
        .endsWith("add --audience mail");
    assertThat(VerifyCommand.audienceHint(token("{\"aud\":[\"a\",\"b\"]}"), "files"))
        .contains("expected audience files. ")
        .endsWith("add --audience a");
    // What is no JSON, and what could write on the terminal, is not shown.
    assertThat(VerifyCommand.audienceHint(token("?"), "demo-api")).endsWith("--audience NAME");
    assertThat(VerifyCommand.audienceHint(token("{\"aud\":\"\\u001b[2J\"}"), "demo-api"))
        .doesNotContain("\u001b");
  }

  /** Also a forged one that is for another service is to be found: it is not left unreported. */
  @Test
  void isReportedWhateverServiceTheTokenIsFor(@TempDir Path folder) throws Exception {
    try (ServedIssuer authority = new ServedIssuer("trial")) {
      TestIssuer issuer = authority.issuer();
      TestKeys.Es256 key = issuer.addKey();
      String token = issuer.draft(key).claim("aud", "https://mail.example").signed(key);
      issuer.publish();
      SampleContext.write(folder, "trial", "s1");
      Path policy = new DataFolder(folder).domain("trial").policy();
      Files.createDirectories(policy.getParent());
      Files.writeString(policy, issuer.policy().text());
      String file = Files.writeString(folder.resolve("token"), token).toString();
      List<Object> words = List.of("verify", file, "--audience", "other", "--data", folder);
      CommandRun run = CommandRun.of(words.toArray());
      assertThat(run.err()).contains("there is no key of client demo-api").contains("to report");
      CommandRun unreported =
          CommandRun.of(Stream.concat(words.stream(), Stream.of("--no-report")).toArray());
      assertThat(unreported.out()).as("the control").startsWith("REFUSED  audience");
      assertThat(unreported.err()).contains("add --audience https://mail.example");
      assertThat(unreported.err()).as("the control").doesNotContain("sighting");

      // The monitor is away: this process ends, and nothing keeps the sighting.
      writeKey(new DataFolder(folder).domain("trial").clients().resolve("demo-api.jwk"));
      CommandRun lost = CommandRun.of(words.toArray());
      assertThat(lost.out()).startsWith("REFUSED  audience");
      assertThat(lost.err()).contains("the monitor did not take the sighting", "Run this command");
    }
  }

  private static void writeKey(Path file) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    byte[] number = ((ECPrivateKey) pair.getPrivate()).getS().toByteArray();
    byte[] padded = new byte[32];
    int length = Math.min(number.length, 32);
    System.arraycopy(number, number.length - length, padded, 32 - length, length);
    Files.createDirectories(file.getParent());
    Files.writeString(
        file,
        PublicJwk.es256((ECPublicKey) pair.getPublic())
            .toJson()
            .with("d", Base64Url.encode(padded))
            .toString());
  }
}
