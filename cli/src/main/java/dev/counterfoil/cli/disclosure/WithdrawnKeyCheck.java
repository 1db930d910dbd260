package dev.counterfoil.cli.disclosure;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.FetchedKeys;
import dev.counterfoil.disclosure.DisclosureException;
import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.format.policy.TrustPolicy;
import picocli.CommandLine.Option;

/** Whether the key that signed a file was withdrawn since, which no file can show. */
public final class WithdrawnKeyCheck {
  @Option(
      names = "--online",
      description = "Also asks the domain's key log whether the key has been withdrawn since.")
  private boolean online;

  /** Ends the command when the key log is to be asked, and has withdrawn the key. */
  public void require(SignedDisclosure signed, TrustPolicy policy) throws DisclosureException {
    if (online && signed.isKeyWithdrawn(policy, FetchedKeys.fetch(policy))) {
      throw CommandFailure.no("the key log has withdrawn the key that signed it");
    }
  }
}
