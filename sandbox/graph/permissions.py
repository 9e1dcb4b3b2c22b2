"""Graph's application permissions (app roles) that the stand-in knows, and which of them each area of Graph accepts.

Read by the options (what the identity is granted) and by the route table (what a request needs).
Source: Microsoft Graph permissions reference; the least privileged role comes first in every tuple.
"""

from __future__ import annotations

PHONE_READ = "UserAuthMethod-Phone.Read.All"
PHONE_WRITE = "UserAuthMethod-Phone.ReadWrite.All"
EMAIL_READ = "UserAuthMethod-Email.Read.All"
EMAIL_WRITE = "UserAuthMethod-Email.ReadWrite.All"
METHODS_READ = "UserAuthenticationMethod.Read.All"
METHODS_WRITE = "UserAuthenticationMethod.ReadWrite.All"
USERS_READ = "User.Read.All"
ROLES_READ = "RoleManagement.Read.Directory"
MEMBERS_READ = "GroupMember.Read.All"
POLICY_READ = "Policy.Read.AuthenticationMethod"
PIM_GROUPS_READ = "PrivilegedEligibilitySchedule.Read.AzureADGroup"
APPLICATIONS_READ = "Application.Read.All"
AUDIT_LOG_READ = "AuditLog.Read.All"
GRANTS_WRITE = "AppRoleAssignment.ReadWrite.All"
HIDDEN_READ = "Member.Read.Hidden"
"""Needed in addition, to see who is in a group with hidden membership."""

READS_METHODS = (METHODS_READ, METHODS_WRITE)
READS_PHONES = (PHONE_READ, PHONE_WRITE, *READS_METHODS)
WRITES_PHONES = (PHONE_WRITE, METHODS_WRITE)
READS_EMAILS = (EMAIL_READ, EMAIL_WRITE, *READS_METHODS)
WRITES_EMAILS = (EMAIL_WRITE, METHODS_WRITE)
READS_USERS = (USERS_READ,)
READS_ROLES = (ROLES_READ,)
READS_MEMBERS = (MEMBERS_READ,)
READS_POLICY = (POLICY_READ,)
READS_PIM_GROUPS = (PIM_GROUPS_READ,)
READS_APPLICATIONS = (APPLICATIONS_READ,)
READS_REPORTS = (AUDIT_LOG_READ,)
WRITES_GRANTS = (GRANTS_WRITE,)

APP_ROLES = (PHONE_WRITE, USERS_READ, ROLES_READ, MEMBERS_READ)
"""The roles granted by default: exactly those that the app needs with its default settings."""
