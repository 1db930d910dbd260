package dev.counterfoil.keystore.pkcs11;

import java.security.GeneralSecurityException;

/** An HSM's library answered a call with something else than CKR_OK (PKCS#11 2.40, 5.1). */
public final class CryptokiException extends GeneralSecurityException {
  private static final long serialVersionUID = 1;

  private static final int DEVICE_ERROR = 0x30;
  private static final int DEVICE_REMOVED = 0x32;
  private static final int OBJECT_HANDLE_INVALID = 0x82;
  private static final int PIN_INCORRECT = 0xA0;
  private static final int PIN_LOCKED = 0xA4;
  private static final int SESSION_CLOSED = 0xB0;
  private static final int SESSION_HANDLE_INVALID = 0xB3;
  private static final int TOKEN_NOT_PRESENT = 0xE0;
  private static final int TOKEN_NOT_RECOGNIZED = 0xE1;
  private static final int USER_NOT_LOGGED_IN = 0x101;
  private static final int USER_PIN_NOT_INITIALIZED = 0x102;
  private static final int CRYPTOKI_NOT_INITIALIZED = 0x190;

  private final long answer;

  /**
   * A call that failed.
   *
   * @param what was called, such as C_Sign; nothing of its arguments
   * @param answer its CK_RV
   */
  CryptokiException(String what, long answer) {
    this(answer, what + " answered " + name(answer));
  }

  private CryptokiException(long answer, String message) {
    super(message);
    this.answer = answer;
  }

  /** A call that succeeded, and said that it wrote more than there was room for, or nonsense. */
  static CryptokiException outOfBounds(String what, long number) {
    return new CryptokiException(Cryptoki.OK, what + " answered a length out of bounds, " + number);
  }

  /**
   * Whether the HSM, or the log-in to it, is gone. Any other answer is about what was asked for: an
   * HSM that is full or broken in one thing signs on with the keys that it has. CKR_GENERAL_ERROR
   * and CKR_FUNCTION_FAILED too: libraries give them for all that has no code of its own, and where
   * the HSM is gone all the same, the next look at it finds that out.
   */
  public boolean isAbsence() {
    return answer == DEVICE_ERROR
        || answer == DEVICE_REMOVED
        || answer == SESSION_CLOSED
        || answer == SESSION_HANDLE_INVALID
        || answer == TOKEN_NOT_PRESENT
        || answer == TOKEN_NOT_RECOGNIZED
        || answer == USER_NOT_LOGGED_IN
        || answer == CRYPTOKI_NOT_INITIALIZED;
  }

  /** Whether there is no such object. */
  public boolean isNoObject() {
    return answer == OBJECT_HANDLE_INVALID;
  }

  /** Whether trying again with the same PIN could lock the HSM. */
  boolean isAboutPin() {
    return (answer >= PIN_INCORRECT && answer <= PIN_LOCKED) || answer == USER_PIN_NOT_INITIALIZED;
  }

  /** The names of those that an operator meets; the others are numbers. */
  private static String name(long answer) {
    return switch ((int) answer) {
      case 0x02 -> "CKR_HOST_MEMORY";
      case 0x05 -> "CKR_GENERAL_ERROR";
      case 0x06 -> "CKR_FUNCTION_FAILED";
      case 0x10 -> "CKR_ATTRIBUTE_READ_ONLY";
      case 0x11 -> "CKR_ATTRIBUTE_SENSITIVE";
      case 0x12 -> "CKR_ATTRIBUTE_TYPE_INVALID";
      case 0x13 -> "CKR_ATTRIBUTE_VALUE_INVALID";
      case DEVICE_ERROR -> "CKR_DEVICE_ERROR";
      case 0x31 -> "CKR_DEVICE_MEMORY";
      case DEVICE_REMOVED -> "CKR_DEVICE_REMOVED";
      case 0x54 -> "CKR_FUNCTION_NOT_SUPPORTED";
      case 0x60 -> "CKR_KEY_HANDLE_INVALID";
      case 0x68 -> "CKR_KEY_FUNCTION_NOT_PERMITTED";
      case 0x6A -> "CKR_KEY_UNEXTRACTABLE";
      case 0x70 -> "CKR_MECHANISM_INVALID";
      case OBJECT_HANDLE_INVALID -> "CKR_OBJECT_HANDLE_INVALID";
      case PIN_INCORRECT -> "CKR_PIN_INCORRECT";
      case 0xA1 -> "CKR_PIN_INVALID";
      case 0xA2 -> "CKR_PIN_LEN_RANGE";
      case 0xA3 -> "CKR_PIN_EXPIRED";
      case PIN_LOCKED -> "CKR_PIN_LOCKED";
      case SESSION_CLOSED -> "CKR_SESSION_CLOSED";
      case 0xB1 -> "CKR_SESSION_COUNT";
      case SESSION_HANDLE_INVALID -> "CKR_SESSION_HANDLE_INVALID";
      case 0xD0 -> "CKR_TEMPLATE_INCOMPLETE";
      case 0xD1 -> "CKR_TEMPLATE_INCONSISTENT";
      case TOKEN_NOT_PRESENT -> "CKR_TOKEN_NOT_PRESENT";
      case TOKEN_NOT_RECOGNIZED -> "CKR_TOKEN_NOT_RECOGNIZED";
      case USER_NOT_LOGGED_IN -> "CKR_USER_NOT_LOGGED_IN";
      case USER_PIN_NOT_INITIALIZED -> "CKR_USER_PIN_NOT_INITIALIZED";
      case CRYPTOKI_NOT_INITIALIZED -> "CKR_CRYPTOKI_NOT_INITIALIZED";
      default -> "CKR 0x" + Long.toHexString(answer);
    };
  }
}
