package dev.counterfoil.keystore;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.hardening.ProcessExitCode;
import dev.counterfoil.hardening.SelfProtection;
import dev.counterfoil.keystore.pkcs11.HsmAwayException;
import java.io.IOException;
import java.io.PrintStream;
import java.security.GeneralSecurityException;

/**
 * A process that makes private keys, hands them over sealed, and ends: what a generator and its
 * callers leave on the heap ends with it. The order comes on standard input and the answer goes to
 * standard output, each a line of JSON without a secret; the secret that the keys are sealed with
 * is read here, from where the order says.
 *
 * <p>It writes no file: whoever ordered writes what he was given, so that a maker which outlives
 * him changes nothing.
 */
public final class KeyMakerMain {
  private KeyMakerMain() {}

  public static void main(String[] args) {
    // Nothing but the answer may get to the one who reads it.
    PrintStream answer = System.out;
    System.setOut(System.err);
    SelfProtection.protectKeyMaker();
    try {
      answer.println(KeyMaker.answer(System.in.readNBytes(KeyMaker.LINE_BYTES_MAX)));
      answer.flush();
    } catch (FormatException e) {
      end(ProcessExitCode.CONFIGURATION, e);
    } catch (HsmAwayException e) {
      end(ProcessExitCode.UNAVAILABLE, e);
    } catch (IOException | GeneralSecurityException e) {
      end(ProcessExitCode.KEY_UNUSABLE, e);
    }
    System.exit(ProcessExitCode.STOPPED.code());
  }

  private static void end(ProcessExitCode code, Exception cause) {
    System.err.println("making keys failed: " + cause.getMessage());
    System.exit(code.code());
  }
}
