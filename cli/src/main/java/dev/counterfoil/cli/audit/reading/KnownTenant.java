package dev.counterfoil.cli.audit.reading;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.operations.OperatorClient;
import dev.counterfoil.operations.OperatorException;
import dev.counterfoil.signerprotocol.Commands;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Refuses a tenant that the domain does not have: a slip would be answered with nothing, as if that
 * were all, and would be recorded as a tenant.
 */
public final class KnownTenant {
  private KnownTenant() {}

  /** Whether the domain has a tenant, or may: with {@code *} it has any. */
  static boolean isOf(List<String> tenants, String tenant) {
    return tenants.isEmpty()
        || tenants.contains("*")
        || tenants.contains(tenant)
        || tenant.equals(KeyCeiling.OWN_TENANT);
  }

  /**
   * The tenant, if the domain has it, or had it: then the audit log has events of it.
   *
   * @throws CommandFailure when it has not
   */
  public static String require(InstallationOptions installation, String tenant) {
    List<String> tenants = installation.context().tenants();
    if (!isOf(tenants, tenant)
        && !isAdded(installation, tenant)
        && !isRecorded(installation, tenant)) {
      throw CommandFailure.environment(
          "domain %s has no tenant %s. It has %s"
              .formatted(installation.domainName(), tenant, String.join(", ", tenants)));
    }
    return tenant;
  }

  /** By counterfoil tenant add; a registrar that does not answer keeps nobody from asking. */
  private static boolean isAdded(InstallationOptions installation, String tenant) {
    try {
      JsonObject keys =
          new OperatorClient(installation.context()).askRegistrar(Commands.readKeys());
      return AllowList.parse(keys.strings("tenants")).allows(tenant);
    } catch (OperatorException | FormatException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static boolean isRecorded(InstallationOptions installation, String tenant) {
    List<JsonObject> counts = new ArrayList<>();
    try {
      List<JsonObject> answer = new ArrayList<>();
      installation.monitorAdmin().auditTenants(Optional.empty(), answer::add);
      for (JsonObject one : answer) {
        counts.addAll(one.objects("counts"));
      }
    } catch (IOException e) {
      throw installation.monitorFailed(e);
    } catch (FormatException e) {
      throw CommandFailure.unavailable("cannot understand the monitor's answer: " + e.getMessage());
    }
    return counts.stream().anyMatch(one -> tenant.equals(one.get("tenant")));
  }
}
