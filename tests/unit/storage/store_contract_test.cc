#define STORE_WORLDS sockchat::test::MemoryWorld, sockchat::test::SqliteWorld
#include "contract/store_contract.h"
#include "contract/store_contract_accounts.h"
#include "contract/store_contract_history.h"
#include "contract/store_contract_logins.h"
