package dev.counterfoil.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.text.ParseException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures signing through a whole signer against what the library alone does. */
@Command(
    name = "signing",
    mixinStandardHelpOptions = true,
    description = {
      "Asks a signer on its socket for as many tokens as it gives, as the authority does, and compares with the ES256",
      "signatures that one core makes with AWS-LC and nothing around it. The same with the keys in SoftHSM2, where it is",
      "installed. Every token is recorded and on disk before it is signed."
    })
final class SigningCommand implements Callable<Integer> {
  private static final int SECONDS_MAX = 3600;
  private static final int CALLERS_MAX = 10_000;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private PlaceOptions place;

  @Option(
      names = "--seconds",
      defaultValue = "20",
      description =
          "Length of each load, after as long a one to warm up (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--callers",
      defaultValue = "512",
      description = "Tokens asked for at a time (default: ${DEFAULT-VALUE}).")
  private int callers;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli fills it before the call
  private Publication publication;

  /**
   * Signatures of one custody.
   *
   * @param custody which
   * @param barePerSecond ES256 signatures of one thread, the library alone: the higher of two
   *     rates, before the load and after it, since a shared machine's speed changes
   * @param tokensPerSecond tokens through the whole signer, by the clock
   * @param signerMicros processor time of the signer for a token
   * @param coresOfSigner processors that the signer had, of those that all shared
   */
  record Rate(
      String custody,
      double barePerSecond,
      double tokensPerSecond,
      double signerMicros,
      double coresOfSigner) {
    double ratio() {
      return tokensPerSecond / barePerSecond;
    }
  }

  /** Measures the library alone. */
  @FunctionalInterface
  private interface Bare {
    double signsPerSecond() throws IOException, InterruptedException, GeneralSecurityException;
  }

  /** What was found. */
  record Report(Machine machine, int callers, int seconds, List<Rate> rates) {
    String text() {
      StringBuilder text = new StringBuilder();
      text.append(
          "| keys in | library alone, one thread, signatures/s | whole signer, tokens/s | ratio | µs of the signer for a token | processors it had |\n");
      text.append("|---|--:|--:|--:|--:|--:|\n");
      for (Rate rate : rates) {
        text.append(
            String.format(
                Locale.ROOT,
                "| %s | %,.0f | %,.0f | %.2f | %.1f | %.2f |%n",
                rate.custody(),
                rate.barePerSecond(),
                rate.tokensPerSecond(),
                rate.ratio(),
                rate.signerMicros(),
                rate.coresOfSigner()));
      }
      text.append(
          "\n- %,d tokens asked for at a time, %d s after as many to warm up; whoever asks, the monitor and the others run on the same processors. The library alone: the higher rate of before and after.%n"
              .formatted(callers, seconds));
      text.append(machine.line());
      return text.toString();
    }
  }

  @Override
  public Integer call()
      throws IOException, InterruptedException, ParseException, GeneralSecurityException {
    if (seconds < 1 || seconds > SECONDS_MAX || callers < 1 || callers > CALLERS_MAX) {
      throw new IllegalArgumentException(
          "seconds: 1 to " + SECONDS_MAX + ", callers: 1 to " + CALLERS_MAX);
    }
    List<Rate> rates = new ArrayList<>();
    Machine machine;
    try (RunFolder folder = RunFolder.create(place.folder())) {
      machine = Machine.read(folder.path(), InstantSource.system());
      rates.add(measure("software (AWS-LC)", RawRates::oneCoreSigns, folder.path(), "", Map.of()));
    }
    if (Files.isReadable(SoftToken.LIBRARY)) {
      try (RunFolder folder = RunFolder.create(place.folder())) {
        SoftToken token = SoftToken.make(folder.path().resolve("hsm"));
        rates.add(
            measure(
                "PKCS#11 (SoftHSM2)",
                token::signsPerSecond,
                folder.path(),
                token.configuration(),
                token.environment()));
      }
    } else {
      System.err.println("SoftHSM2 is left out: install Debian's softhsm2.");
    }
    Report report = new Report(machine, callers, seconds, rates);
    publication.report(place.root(), "signing", report.text(), report);
    return 0;
  }

  private Rate measure(
      String custody,
      Bare bare,
      Path folder,
      String custodyConfiguration,
      Map<String, String> environment)
      throws IOException, InterruptedException, ParseException, GeneralSecurityException {
    double before = bare.signsPerSecond();
    SigningLoad.Counted counted = load(folder, custodyConfiguration, environment);
    return new Rate(
        custody,
        Math.max(before, bare.signsPerSecond()),
        counted.tokens() / counted.seconds(),
        counted.signerSeconds() * 1e6 / counted.tokens(),
        counted.signerSeconds() / counted.seconds());
  }

  private SigningLoad.Counted load(
      Path folder, String custodyConfiguration, Map<String, String> environment)
      throws IOException, InterruptedException, ParseException {
    Files.writeString(folder.resolve("installation.yaml"), configuration(custodyConfiguration));
    try (CounterfoilServer server = CounterfoilServer.start(place.root(), folder, environment)) {
      SigningLoad load =
          new SigningLoad(
              server, folder.resolve("data/domains/bench/signer/service.sock"), callers);
      // Processes that run for months are measured, not the compiler in their first seconds.
      load.run(Duration.ofSeconds(seconds));
      return load.run(Duration.ofSeconds(seconds));
    }
  }

  private static String configuration(String custody) throws IOException {
    return """
        domains:
          - name: bench
            issuer: http://127.0.0.1:%1$d
            listen: 127.0.0.1:%1$d
            tenants: ["*"]
            audiences: ["*"]
            spare-signers: 0
        %2$smonitor-listen: 127.0.0.1:%3$d
        """
        .formatted(Ports.free(), custody, Ports.free());
  }
}
