package dev.counterfoil.cli.token;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.Base64Url;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

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
        .contains("expected audience files, so nothing was reported. ")
        .endsWith("add --audience a");
    // What is no JSON, and what could write on the terminal, is not shown.
    assertThat(VerifyCommand.audienceHint(token("?"), "demo-api")).endsWith("--audience NAME");
    assertThat(VerifyCommand.audienceHint(token("{\"aud\":\"\\u001b[2J\"}"), "demo-api"))
        .doesNotContain("\u001b");
  }

  @Test
  void aNameThatWasOnlyTypedIsReportedAsNoService() {
    assertThat(VerifyCommand.mayBeFor(token("{\"aud\":\"mail\"}"), "other")).isFalse();
    assertThat(VerifyCommand.mayBeFor(token("{\"aud\":[\"a\",\"b\"]}"), "c")).isFalse();
    assertThat(VerifyCommand.mayBeFor(token("{\"aud\":\"mail\"}"), "mail")).as("control").isTrue();
    assertThat(VerifyCommand.mayBeFor(token("{\"aud\":[\"a\",\"b\"]}"), "b")).isTrue();
    for (String odd : new String[] {token("?"), token("{}"), "no token", "", "."}) {
      assertThat(VerifyCommand.mayBeFor(odd, "mail")).as(odd).isTrue();
    }
  }
}
