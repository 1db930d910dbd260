package dev.counterfoil.installation.layout;

import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.configuration.UnixSocketPath;
import dev.counterfoil.format.keylog.AuditLogRequest;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.signerprotocol.SignerName;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where the processes of one trust domain are reached, and where their files lie: all that the
 * command line knows of an installation. A {@link ContextFile} has one for each domain.
 *
 * @param name of the context
 * @param domain trust domain
 * @param policy what verifiers start from
 * @param tenants of the domain
 * @param data folder that all else lies under
 * @param logFolder parent of the public log folders
 * @param clients folder of clients' secrets and keys
 * @param auditCustodians keys of those whose word on the audit log counts
 * @param authority manages clients
 * @param monitor has findings and the audit log
 * @param registrar has the key log
 * @param signers the one that issues first
 * @param response carries playbooks out, where it runs
 */
public record Context(
    @Meaning("Its name, for `--context`.") String name,
    @Meaning("Name of the trust domain.") String domain,
    @Meaning("The domain's policy.") Path policy,
    @Meaning("Tenants of the domain. If there is only one, commands that need a tenant use it.")
        List<String> tenants,
    @Meaning(
            "Folder that contains the whole installation. `scan` searches it for keys,"
                + " and the dump gate keeps its record there.")
        Path data,
    @Meaning("Folder that has each log's public folder.") Path logFolder,
    @Meaning(
            "Folder for the secrets and keys of clients that a command creates. Only its user"
                + " may read it.")
        Path clients,
    @Meaning("Keys of the custodians whose statements about the audit log are trusted.")
        List<String> auditCustodians,
    @Meaning("The authority.") Authority authority,
    @Meaning("The monitor.") Monitor monitor,
    @Meaning("The registrar.") Registrar registrar,
    @Meaning("The signers, the issuing one first.") List<Signer> signers,
    @Meaning("The response process, if there is one.") Optional<Response> response) {

  /** The authority's part. */
  public record Authority(@Meaning("Its admin socket.") UnixSocketPath adminSocket) {}

  /** The monitor's part. */
  public record Monitor(
      @Meaning("Its admin socket.") UnixSocketPath adminSocket,
      @Meaning("Its URL, as reached from this machine.") URI url,
      @Meaning("Its data folder.") Path folder) {}

  /** The registrar's part. */
  public record Registrar(
      @Meaning("Its admin socket.") UnixSocketPath adminSocket,
      @Meaning("Its folder.") Path folder,
      @Meaning("Its configuration file.") Path configuration) {}

  /** The response process's part. */
  public record Response(@Meaning("Its admin socket.") UnixSocketPath adminSocket) {}

  /** A signer's part. */
  public record Signer(
      @Meaning("Its name, which the names of its logs begin with.") String name,
      @Meaning("Its admin socket.") UnixSocketPath adminSocket,
      @Meaning("Its folder.") Path folder,
      @Meaning("Its configuration file.") Path configuration) {}

  public Context {
    tenants = List.copyOf(tenants);
    auditCustodians = List.copyOf(auditCustodians);
    signers = List.copyOf(signers);
    if (signers.isEmpty()) {
      throw new IllegalArgumentException("key 'signers': want at least one");
    }
    if (signers.stream().map(Signer::name).distinct().count() < signers.size()) {
      throw new IllegalArgumentException("key 'signers': a name stands twice");
    }
  }

  /** The names of its signers, that of the one that issues first. */
  public List<String> signerNames() {
    return signers.stream().map(Signer::name).toList();
  }

  /** A signer by its name. */
  public Optional<Signer> signer(String of) {
    return signers.stream().filter(signer -> signer.name().equals(of)).findFirst();
  }

  /** The secret of a client. */
  public Path secret(String clientId) {
    return clients.resolve(clientId + ".secret");
  }

  /** The private key of a client, a JWK. */
  public Path privateKey(String clientId) {
    return clients.resolve(clientId + ".jwk");
  }

  /** What the monitor lays down so that the registrar states the audit log's key. */
  public Path auditLogRequest() {
    return monitor.folder().resolve(AuditLogRequest.fileName(domain));
  }

  /** What the monitor holds of the key log, as files of the log's read side. */
  public Path heldKeyLog() {
    return monitor.folder().resolve("custody").resolve(domain).resolve(KeyLog.NAME);
  }

  /** The key with which the monitor, as a custodian, signs. */
  public Path cosignerKey() {
    return monitor.folder().resolve("cosigner.vkey");
  }

  /** The journal of a log; its short name says which generation of which signer it belongs to. */
  public Optional<Path> journal(String log) {
    int generation = log.lastIndexOf('g');
    return generation < 0
        ? Optional.empty()
        : signer(log.substring(0, generation))
            .map(of -> of.folder().resolve(log.substring(generation)).resolve("journal"));
  }

  /** The journal of a record log, beside that of its generation's tokens. */
  public Optional<Path> recordJournal(String log) {
    int generation = log.lastIndexOf('g');
    return generation < 0
        ? Optional.empty()
        : signer(SignerName.FIRST)
            .map(
                of ->
                    of.folder()
                        .resolve(log.substring(generation))
                        .resolve("record-" + log.substring(0, generation))
                        .resolve("journal"));
  }
}
