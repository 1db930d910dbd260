package dev.counterfoil.cli.audit.reading;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.MonitorCommand;
import java.io.IOException;
import java.net.SocketException;
import picocli.CommandLine.Mixin;

/** A command that reads a tenant's events. */
public abstract class AuditReadingCommand extends MonitorCommand {
  @Mixin protected AuditOptions options;

  /** Where the events come from. */
  protected final AuditSource events() {
    return options.events(installation);
  }

  @Override
  protected final CommandFailure failed(IOException e) {
    // Over HTTP the reason names what was asked; a socket's names nothing.
    return e instanceof SocketException && !options.isOverHttp()
        ? super.failed(e)
        : CommandFailure.unavailable("the monitor: " + CommandFailure.reason(e));
  }
}
