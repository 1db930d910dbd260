package dev.counterfoil.disclosure.desk;

import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.configuration.ServingMain;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.function.Consumer;

/** The disclosure process by itself: {@code --config FILE}. */
public final class DisclosureMain {
  private DisclosureMain() {}

  /** Runs until it is asked to end; prints its log's key when it serves. */
  public static void main(String[] arguments) throws InterruptedException {
    ServingMain.run(
        arguments,
        "disclosure",
        DisclosureConfiguration.class,
        configuration -> serve(configuration, process -> System.out.println(process.logKey())));
  }

  /**
   * Serves until the process is asked to end.
   *
   * @param started told when it serves
   */
  public static void serve(
      DisclosureConfiguration configuration, Consumer<DisclosureProcess> started)
      throws IOException, ConfigurationException, InterruptedException {
    DisclosureProcess process =
        DisclosureProcess.start(
            configuration,
            Clock.systemUTC(),
            new SecureRandom(),
            ServingMain.stopsAtOnce("disclosure", ServingMain.EXIT_UNKNOWN_STATE));
    ServingMain.untilAsked("disclosure", process::close, () -> started.accept(process));
  }
}
