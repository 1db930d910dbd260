package dev.counterfoil.custodian;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.configuration.ServingMain;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.function.Consumer;

/** The process of a custodian that runs alone: {@code --config FILE}. */
public final class CustodianMain {
  private CustodianMain() {}

  /** Runs until it is asked to end; prints its port and its key when it serves. */
  public static void main(String[] arguments) throws InterruptedException {
    ServingMain.run(
        arguments,
        "custodian",
        CustodianConfiguration.class,
        configuration ->
            serve(
                configuration,
                custodian -> {
                  System.out.println("port " + custodian.port());
                  System.out.println(custodian.key());
                }));
  }

  /**
   * Serves until the process is asked to end.
   *
   * @param started told when it serves
   * @throws ConfigurationException when a file that the configuration names cannot be used
   */
  public static void serve(CustodianConfiguration configuration, Consumer<CustodianProcess> started)
      throws IOException, ConfigurationException, InterruptedException {
    AmazonCorrettoCryptoProvider.install();
    CustodianProcess process =
        CustodianProcess.start(
            configuration,
            Clock.systemUTC(),
            new SecureRandom(),
            ServingMain.stopsAtOnce("custodian", ServingMain.EXIT_UNKNOWN_STATE));
    ServingMain.untilAsked("custodian", process::close, () -> started.accept(process));
  }
}
