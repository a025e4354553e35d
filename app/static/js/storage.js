// What this tab keeps until it is closed. Where storage is off, full or spoiled, nothing is kept and all else works.
export function forget(key) {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // There is nothing to forget.
  }
}

export function recall(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key));
  } catch {
    return null;
  }
}

export function keep(key, value) {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // An older value would come back as if it were the newest.
    forget(key);
  }
}

export function forgetWhere(isUnwanted) {
  try {
    Object.keys(sessionStorage).filter(isUnwanted).forEach(forget);
  } catch {
    // There is nothing to forget.
  }
}

// Replaces what `update` returns something for.
export function change(update) {
  try {
    for (const key of Object.keys(sessionStorage)) {
      const value = update(recall(key));
      if (value) keep(key, value);
    }
  } catch {
    // There is nothing to change.
  }
}
