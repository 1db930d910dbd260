package dev.counterfoil.signer;

import dev.counterfoil.configuration.UnixUsers;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.signer.custody.Custody;
import dev.counterfoil.signer.custody.Pkcs11Custody;
import dev.counterfoil.signer.custody.Pkcs11Folder;
import dev.counterfoil.signer.custody.SoftwareCustody;
import dev.counterfoil.signer.generation.FirstKeys;
import dev.counterfoil.signer.hardening.PeerUsers;
import dev.counterfoil.signer.hardening.SelfProtection;
import dev.counterfoil.signer.keystore.KeysAtRest;
import dev.counterfoil.signer.keystore.SealedKeys;
import dev.counterfoil.signer.pkcs11.CustodyUnavailableException;
import dev.counterfoil.signer.process.AwsLc;
import dev.counterfoil.signer.process.Fate;
import dev.counterfoil.signer.process.ProcessExitCode;
import dev.counterfoil.signer.process.RecentLog;
import dev.counterfoil.signer.process.RoleProcess;
import dev.counterfoil.signer.process.StartRefusedException;
import dev.counterfoil.signer.registrar.KeyLogGuard;
import dev.counterfoil.signer.registrar.RegistrarProcess;
import dev.counterfoil.signer.report.ProcessWatch;
import dev.counterfoil.signer.settings.SignerConfiguration;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/** The program, in either role: starts, runs until it is asked to stop, and says how it ended. */
public final class SignerProgram {
  private static final System.Logger LOG = System.getLogger(SignerProgram.class.getName());

  private final CompletableFuture<ProcessExitCode> ended = new CompletableFuture<>();

  private SignerProgram() {}

  /**
   * Runs with a custody of the caller's choice. The product's own main class takes the one that the
   * configuration names.
   *
   * @return the exit code for the process, of sysexits(3)
   */
  public static int run(SignerConfiguration configuration, Custody custody) {
    return new SignerProgram().runUntilEnd(configuration, keysAtRest -> custody);
  }

  /** Runs with the custody that the configuration names. */
  static int run(SignerConfiguration configuration) {
    return new SignerProgram()
        .runUntilEnd(configuration, keysAtRest -> custody(configuration, keysAtRest));
  }

  /** The custody that is configured, and never another one in its place. */
  private static Custody custody(SignerConfiguration configuration, SealedKeys keysAtRest)
      throws IOException, GeneralSecurityException, StartRefusedException {
    SoftwareCustody software = new SoftwareCustody(keysAtRest, configuration.domain());
    if (configuration.pkcs11().isPresent()) {
      return Pkcs11Custody.start(
          configuration.folder(),
          configuration.pkcs11().get(),
          configuration.tokenAlgorithms(),
          software);
    }
    List<Path> inToken = Pkcs11Folder.keyFiles(configuration.folder());
    if (!inToken.isEmpty()) {
      throw new StartRefusedException(
          ProcessExitCode.CONFIGURATION,
          "keys of this signer are in a PKCS#11 token ("
              + inToken.getFirst()
              + "), but its configuration has no pkcs11. Put it back. To give up a"
              + " token, see docs/operate/hsm.md");
    }
    return software;
  }

  @FunctionalInterface
  private interface CustodyMaker {
    Custody make(SealedKeys keysAtRest)
        throws IOException, GeneralSecurityException, StartRefusedException;
  }

  private int runUntilEnd(SignerConfiguration configuration, CustodyMaker custody) {
    try {
      RoleProcess process = start(configuration, custody);
      AtomicBoolean stopping = new AtomicBoolean();
      Thread onSignal = new Thread(() -> stop(process, stopping), "stop");
      Runtime.getRuntime().addShutdownHook(onSignal);
      return ended.join().code();
    } catch (StartRefusedException e) {
      LOG.log(System.Logger.Level.ERROR, e.getMessage());
      return e.exit().code();
    }
  }

  private RoleProcess start(SignerConfiguration configuration, CustodyMaker custody)
      throws StartRefusedException {
    RecentLog log = RecentLog.listen();
    PeerUsers users = peers(configuration);
    ProcessWatch watch = new ProcessWatch(configuration, protect(configuration, users), log);
    AwsLc.assertHealthy();
    try {
      Disk.DiskLock lock = FileDisk.privateFolder(configuration.folder()).lock();
      SealedKeys keysAtRest = KeysAtRest.of(configuration).open();
      InstantSource clock = InstantSource.system();
      FirstKeys.makeAhead(configuration, keysAtRest);
      RoleProcess process =
          switch (configuration.role()) {
            case SIGNER ->
                SignerProcess.start(
                    configuration,
                    custody.make(keysAtRest),
                    keysAtRest,
                    clock,
                    new HaltingFate(),
                    watch,
                    users,
                    lock);
            case REGISTRAR ->
                RegistrarProcess.start(
                    configuration, keysAtRest, clock, new HaltingFate(), watch, users, lock);
          };
      LOG.log(
          System.Logger.Level.INFO,
          configuration.role()
              + " of domain "
              + configuration.domain()
              + " listens on "
              + configuration.serviceSocket());
      return process;
    } catch (Disk.FolderInUseException e) {
      throw new StartRefusedException(
          ProcessExitCode.FOLDER_IN_USE,
          "folder "
              + configuration.folder()
              + " belongs to another process that is running. Stop it first",
          e);
    } catch (KeyLogGuard.ConflictException e) {
      throw new StartRefusedException(
          ProcessExitCode.CONTRADICTED, "cannot start: " + e.getMessage(), e);
    } catch (LogDamagedException | IOException e) {
      throw new StartRefusedException(
          ProcessExitCode.CONFIGURATION, "cannot start: " + e.getMessage(), e);
    } catch (CustodyUnavailableException e) {
      throw new StartRefusedException(
          ProcessExitCode.UNAVAILABLE, String.valueOf(e.getMessage()), e);
    } catch (GeneralSecurityException e) {
      throw new StartRefusedException(
          ProcessExitCode.KEY_UNUSABLE, String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Users first. A database that another file took the place of since the Landlock rules were laid
   * can be read at the next start, so that one is worth trying.
   */
  private static PeerUsers peers(SignerConfiguration configuration) throws StartRefusedException {
    try {
      return PeerUsers.of(configuration);
    } catch (UnixUsers.UnknownUserException | IllegalArgumentException e) {
      throw new StartRefusedException(
          ProcessExitCode.CONFIGURATION, "cannot start: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new StartRefusedException(
          ProcessExitCode.UNAVAILABLE, "cannot start: " + e.getMessage(), e);
    }
  }

  /** Nothing is read or opened before this: what comes later is protected from its first byte. */
  private static List<SelfProtection.Measure> protect(
      SignerConfiguration configuration, PeerUsers users) throws StartRefusedException {
    List<SelfProtection.Measure> protections;
    try {
      protections = SelfProtection.take(configuration, users);
    } catch (IOException e) {
      throw new StartRefusedException(
          ProcessExitCode.UNAVAILABLE, "cannot start: " + e.getMessage(), e);
    }
    List<SelfProtection.Measure> missing =
        SelfProtection.missing(protections, configuration.acceptLostProtections());
    if (!missing.isEmpty()) {
      throw new StartRefusedException(
          ProcessExitCode.UNPROTECTED,
          "the process does not start, because these protections are missing: "
              + SelfProtection.text(missing)
              + ". To start without them anyway (docs/operate/protection.md), set"
              + " accept-lost-protections: "
              + missing.stream()
                  .map(measure -> measure.protection().loss().orElseThrow().text())
                  .toList());
    }
    for (SelfProtection.Measure measure : protections) {
      if (!measure.holds()) {
        LOG.log(
            System.Logger.Level.WARNING, "protection {0}", SelfProtection.text(List.of(measure)));
      }
    }
    return protections;
  }

  private static void stop(RoleProcess process, AtomicBoolean stopping) {
    if (!stopping.compareAndSet(false, true)) {
      return;
    }
    try {
      process.close();
    } catch (IOException | RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "closing failed. The next start recovers", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Stops the JVM at once where going on could sign what is not recorded. */
  private final class HaltingFate implements Fate {
    @Override
    public void end(ProcessExitCode code) {
      ended.complete(code);
    }

    @Override
    public void journalFailed(Throwable cause) {
      LOG.log(
          System.Logger.Level.ERROR,
          "the journal failed, so this process stops. Check the disk, then start it again",
          cause);
      Runtime.getRuntime().halt(ProcessExitCode.JOURNAL_FAILED.code());
    }

    @Override
    public void unknownState(Throwable cause) {
      LOG.log(
          System.Logger.Level.ERROR,
          "the state is unknown, so this process stops. Start it again",
          cause);
      Runtime.getRuntime().halt(ProcessExitCode.INTERNAL.code());
    }
  }
}
