package dev.counterfoil.cli.token;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.cli.CommandRun;
import dev.counterfoil.cli.ServedIssuer;
import dev.counterfoil.cli.command.SampleContext;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.verifier.TestIssuer;
import dev.counterfoil.verifier.TestKeys;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
    }
  }
}
