metadata description = 'The declarative alternative to scripts/grant_permissions.py: the Graph permissions of the default features.'

// Public cloud only, and for a caller who may grant permissions. bicepconfig.json beside a copy of this file names the
// extension: {"extensions": {"microsoftGraphV1": "br:mcr.microsoft.com/bicep/extensions/microsoftgraph/v1.0:1.0.0"}}
extension microsoftGraphV1

@description('The object id of the service principal of the app\'s identity: the output APP_IDENTITY_PRINCIPAL_ID.')
param appIdentityPrincipalId string

@description('App role ids of the permissions to grant; docs/permissions.md lists all, and which setting needs them.')
param roleIds string[] = [
  '6e85d483-7092-4375-babe-0a94a8213a58' // UserAuthMethod-Phone.ReadWrite.All
  'df021288-bdef-4463-88db-98f22de89214' // User.Read.All
  '483bed4a-2ad3-4361-a73b-c83ccdbdc53c' // RoleManagement.Read.Directory
  '98830695-27a2-44f7-8c18-0c3ebc9698f6' // GroupMember.Read.All
]

resource graph 'Microsoft.Graph/servicePrincipals@v1.0' existing = {
  appId: '00000003-0000-0000-c000-000000000000'
}

resource grants 'Microsoft.Graph/appRoleAssignedTo@v1.0' = [
  for id in roleIds: {
    appRoleId: id
    principalId: appIdentityPrincipalId
    resourceId: graph.id
  }
]
