package dev.counterfoil.cli.up;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.cli.command.Red;
import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.configuration.IdleHeap;
import dev.counterfoil.installation.Installation;
import dev.counterfoil.installation.InstallationException;
import dev.counterfoil.installation.Programs;
import dev.counterfoil.installation.layout.ConsoleEntry;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.installation.layout.InstallationConfiguration;
import dev.counterfoil.installation.layout.TrialConfiguration;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Starts an installation on this machine and serves until it is stopped. */
@Command(
    name = "up",
    description = {
      "Starts registrar, signer, authority and monitor on this machine.",
      "It demonstrates the main job once, and serves until Ctrl-C. The first start"
          + " creates a trial root, a trust domain, a tenant and a client; a later one"
          + " continues with the same state. You need to configure nothing. A warm spare"
          + " signer starts when everything else is ready."
    })
public final class UpCommand extends PrintingCommand {
  private final InstantSource clock = InstantSource.system();

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "${env:COUNTERFOIL_DATA:-counterfoil-data}",
      description =
          "The installation's data folder (default: $COUNTERFOIL_DATA or counterfoil-data).")
  private Path data;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "A configuration file (default: one trust domain on 127.0.0.1). See docs/reference/configuration.md.")
  private @Nullable Path configurationFile;

  @Option(names = "--no-demo", description = "Start and serve, without demonstrating the main job.")
  private boolean noDemo;

  @Option(
      names = "--console",
      paramLabel = "PORT",
      description = "Also run the console, at this port of 127.0.0.1. See docs/operate/console.md.")
  private @Nullable Integer consolePort;

  @Override
  public Integer call()
      throws ConfigurationException, InstallationException, IOException, InterruptedException {
    long startedAt = System.nanoTime();
    IdleHeap.begin();
    Instant since = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    InstallationConfiguration configuration = configuration();
    CountDownLatch stopped = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    Thread hook =
        new Thread(
            () -> {
              stopped.countDown();
              await(closed);
            },
            "stop");
    Runtime.getRuntime().addShutdownHook(hook);
    UpNarration narration = new UpNarration(System.out, json);
    try (Installation running =
        Installation.start(
            new DataFolder(data),
            configuration,
            Programs.ofThisProcess(),
            clock,
            narration::progress)) {
      narration.ready(running, Duration.ofNanos(System.nanoTime() - startedAt));
      if (!noDemo && !json) {
        demonstrate(running, narration);
      }
      // Nobody waits for a spare, so it takes nothing from what somebody waits for.
      running.startSpares();
      narration.serving(running);
      try (LogEndsWatch ends = new LogEndsWatch(running, since, narration::say)) {
        ends.start();
        stopped.await();
      }
      narration.stopping();
    } finally {
      closed.countDown();
    }
    return ExitCode.OK;
  }

  /** What is shown to a newcomer is no reason to end what others are served by. */
  private static void demonstrate(Installation running, UpNarration narration)
      throws InterruptedException {
    try {
      new MainJob(running, narration).run();
    } catch (CommandFailure | IOException e) {
      narration.say(
          Red.text("Warning: the demonstration failed")
              + ". All processes serve nevertheless: "
              + e.getMessage());
      narration.say(
          "Check whether the issuer's URL reaches this machine, and whether its"
              + " certificate is trusted. See docs/operate/configuring.md, Certificates of"
              + " your own.");
    }
  }

  private InstallationConfiguration configuration() throws ConfigurationException, IOException {
    InstallationConfiguration read =
        configurationFile == null
            ? TrialConfiguration.of(new DataFolder(data))
            : Configuration.read(configurationFile, InstallationConfiguration.class);
    return consolePort == null
        ? read
        : ConsoleEntry.in(read, new HostPort("127.0.0.1", consolePort));
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
