package dev.counterfoil.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.verifier.TestIssuer;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.io.DefaultResourceLoader;

/** What goes wrong at a start is said in two sentences: what it is, and what to do. */
class StartProblemTest {
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", InstantSource.system());

  private static String shown(Throwable failure) {
    FailureAnalysis analysis =
        Objects.requireNonNull(new StartProblemAnalyzer().analyze(new RuntimeException(failure)));
    return analysis.getDescription() + " | " + analysis.getAction();
  }

  private static String problem(String location) {
    try {
      PolicyLocation.read(location, new DefaultResourceLoader());
      return "none";
    } catch (StartProblem problem) {
      return shown(problem);
    }
  }

  @Test
  void thePolicyIsReadFromWhereSpringBootReadsResources(@TempDir Path folder) throws Exception {
    String text = issuer.policy().text();
    Path file = Files.writeString(folder.resolve("policy.txt"), text);
    assertThat(problem(file.toString())).isEqualTo("none");
    assertThat(problem("file:" + file)).isEqualTo("none");
    assertThat(
            problem(
                "base64:"
                    + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8))))
        .isEqualTo("none");
    assertThat(problem("classpath:META-INF/spring.factories"))
        .contains(
            "counterfoil.policy is classpath:META-INF/spring.factories, which is no trust policy");
  }

  @Test
  void aPolicyThatIsNotThereIsNamedWithWhatToDo(@TempDir Path folder) {
    String missing = folder.resolve("nothing.txt").toString();
    for (String location : new String[] {missing, "file:" + missing, "classpath:nothing.txt"}) {
      assertThat(problem(location))
          .startsWith("counterfoil.policy is " + location + ", which is not there")
          .contains("| Set counterfoil.policy to the file policy.txt");
    }
    assertThat(problem(folder.toString()))
        .startsWith("counterfoil.policy is " + folder + ", which");
  }

  @Test
  void anotherSpringBootIsNamedWithTheStarterForIt() {
    String running = Objects.requireNonNull(SpringBootVersion.getVersion());
    BootCheck check = new BootCheck(running) {};
    check.check(running);
    assertThatThrownBy(() -> new BootCheck("4.") {}.check("3.5.16"))
        .satisfies(
            failure ->
                assertThat(shown(failure))
                    .contains(
                        "is for Spring Boot 4.x",
                        "runs on Spring Boot 3.5.16",
                        "Depend on counterfoil-spring-boot-3-starter"));
    assertThatThrownBy(() -> new BootCheck("3.5.") {}.check("4.1.2"))
        .satisfies(
            failure ->
                assertThat(shown(failure)).contains("Depend on counterfoil-spring-boot-starter,"));
  }

  @Test
  void anIdeKnowsEveryProperty() throws Exception {
    try (InputStream in =
        Objects.requireNonNull(
            CounterfoilProperties.class.getResourceAsStream(
                "/META-INF/spring-configuration-metadata.json"))) {
      String metadata = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(metadata)
          .contains(
              "counterfoil.policy",
              "counterfoil.clock-skew",
              "counterfoil.other-issuers",
              "counterfoil.reporting.client-key",
              "tokens that were never issued pass");
    }
  }
}
