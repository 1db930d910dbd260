package dev.counterfoil.cli;

import dev.counterfoil.assess.AssessmentReport;
import dev.counterfoil.assess.IssuerAssessment;
import dev.counterfoil.assess.Options;
import dev.counterfoil.assess.fetch.AssessmentException;
import dev.counterfoil.assess.fetch.AssessmentLimits;
import dev.counterfoil.assess.key.KeyPeriod;
import dev.counterfoil.assess.token.SampleToken;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.PrintingCommand;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Looks at an issuer that exists. */
@Command(
    name = "assess",
    description = {
      "Reports weaknesses in what an issuer publishes, and how to fix them.",
      "It reads what an existing issuer publishes, and sample tokens if you give any."
          + " It only reads: it sends GET requests for public documents and nothing else.",
      "The report ends with what recording the issuer's tokens here would change, and the commands.",
      "Exit code 0: nothing critical or high; 1: critical or high findings; 4: nothing could be read."
    })
final class AssessCommand extends PrintingCommand {
  @Parameters(paramLabel = "ISSUER_URL", description = "The issuer, exactly as its tokens name it.")
  private URI issuer;

  @Option(
      names = "--compare",
      paramLabel = "URL",
      description =
          "Another issuer of the same organisation, to find out whether the two share keys.")
  private List<URI> others = new ArrayList<>();

  @Option(names = "--keys", paramLabel = "URL", description = "A key set that a service loads.")
  private List<URI> keySets = new ArrayList<>();

  @Option(
      names = "--token",
      paramLabel = "FILE",
      description = "A file with sample tokens, one on each line. They are never shown.")
  private List<Path> tokens = new ArrayList<>();

  @Option(
      names = "--observations",
      paramLabel = "FILE",
      description = "Record here when each key was first seen. Later runs then know how old it is.")
  private @Nullable Path observations;

  @Option(
      names = "--measured-for",
      paramLabel = "CLASS",
      defaultValue = "ONE_ORGANISATION",
      description =
          "The standard for key age: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private KeyPeriod keyPeriod;

  @Override
  public Integer call() throws AssessmentException {
    AssessmentLimits limits = AssessmentLimits.DEFAULT;
    try (HttpClient http = IssuerAssessment.httpClient(limits)) {
      List<SampleToken> samples = new ArrayList<>();
      for (Path file : tokens) {
        samples.addAll(SampleToken.readFrom(file, limits));
      }
      AssessmentReport report =
          new IssuerAssessment(http, InstantSource.system(), limits)
              .assess(
                  issuer,
                  new Options(
                      others, keySets, samples, Optional.ofNullable(observations), keyPeriod));
      if (json) {
        JsonLine.print(report.toJson());
      } else {
        System.out.println(report.toMarkdown());
      }
      return report.exitCode();
    }
  }
}
